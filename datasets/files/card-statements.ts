import type { DatasetManifest } from '../../schema/manifest.ts';

/** The card's part on the documents: which of their statements gave a pair, and why the others did not. */
export function statements(manifest: DatasetManifest): string {
  const { version, unitsTotal, unitsCovered, unitsSkipped, worstDocuments, skipped } = manifest;
  if (unitsTotal === 0) return '';
  const left = unitsTotal - unitsCovered;
  const reasons = Object.entries(unitsSkipped).sort(([a, n], [b, m]) => m - n || (a < b ? -1 : 1));
  const why =
    left === 0
      ? ''
      : `
The ${left === 1 ? 'other one is' : `other ${left} are`} in \`${skipped.uri}\`, with document, passage, words and reason; \`npx whetstone dataset skipped ${version}\`
lists them. A reason is what the pairs on it were rejected for, else why the teacher asked nothing of it.

| why not | statements |
| --- | ---: |
${reasons.map(([reason, n]) => `| ${reason} | ${n} |`).join('\n')}
`;
  const worst =
    worstDocuments.length === 0
      ? ''
      : `
Documents of which least was used:

| document | statements | gave a pair |
| --- | ---: | ---: |
${worstDocuments.map(({ documentId, units, covered }) => `| ${cell(documentId)} | ${units} | ${covered} (${percent(covered, units)}) |`).join('\n')}
`;
  return `## What the documents gave

${unitsCovered} of ${unitsTotal} ${unitsTotal === 1 ? 'statement' : 'statements'} (sentences, list items and table rows) gave a kept pair: ${percent(unitsCovered, unitsTotal)}.
${why}${worst}
`;
}

const percent = (part: number, all: number) => `${Math.round((100 * part) / Math.max(1, all))}%`;
const cell = (text: string) => text.replaceAll('|', '\\|');
