import { stringify } from 'yaml';
import { statements } from './card-statements.ts';
import { SplitNameSchema, type DatasetManifest } from '../../schema/manifest.ts';

/** Licence names that the Hugging Face hub knows; others are `other` with their name beside. */
const KNOWN_LICENCES = [
  'apache-2.0',
  'bsd-3-clause',
  'cc0-1.0',
  'cc-by-4.0',
  'cc-by-nc-4.0',
  'cc-by-sa-4.0',
  'mit',
  'odc-by',
  'pddl',
];

/** The dataset's card, README.md in the Hugging Face layout: what it holds, what made it, and how test relates to train. */
export function datasetCard(manifest: DatasetManifest): string {
  const { name, version, generated, kept, madeBy, splits } = manifest;
  const rejected = Object.entries(manifest.rejected);
  return `---
${stringify(header(manifest), { lineWidth: 0 })}---

# ${name}

${origin(manifest)}, version \`${version}\`: ${count(kept, 'example')} about ${count(manifest.facts, 'fact')}${passages(manifest)}.
${imported(manifest)}
| split | examples | file |
| --- | ---: | --- |
${SplitNameSchema.options.map((split) => `| ${split} | ${splits[split].rows} | \`${splits[split].uri}\` |`).join('\n')}

\`chat/train.jsonl\` and \`chat/validation.jsonl\` hold the same examples as chat messages, for a trainer. \`manifest.json\`
has every file's SHA-256.

## How test relates to train

${splits.test.rows > 0 ? `**${capital(manifest.testDeclares)}.** ${TEST_RELATION[manifest.testDeclares]}` : 'The test split is empty: no fact has a second wording that could be kept from training.'}

${statements(manifest)}
## What was rejected

Generated ${generated} = kept ${kept} + rejected ${generated - kept}.${fewer(manifest)} Each reject is counted under its first reason, and can be
read in the split \`rejected\` with all its judgements.

${rejected.length ? `| reason | examples |\n| --- | ---: |\n${rejected.map(([reason, n]) => `| ${reason} | ${n} |`).join('\n')}` : 'Nothing was rejected.'}

${kindsTable(manifest)}${corrections(manifest)}${judging(manifest)}${screened(manifest)}${terms(manifest)}## What made it

\`\`\`yaml
${stringify(madeBy, { lineWidth: 0, aliasDuplicateObjects: false })}\`\`\`
`;
}

/** What a target lacks; imported pairs alone have only a most. */
function fewer(manifest: DatasetManifest): string {
  const missing = Number(manifest.madeBy['target']) - manifest.kept;
  return missing > 0 && isSynthetic(manifest) ? ` ${missing} fewer than were asked for.` : '';
}

const importedCount = ({ imports = {} }: DatasetManifest) => Object.values(imports).reduce((sum, n) => sum + n, 0);
const isSynthetic = (manifest: DatasetManifest) => importedCount(manifest) < manifest.kept;

function origin(manifest: DatasetManifest): string {
  if (importedCount(manifest) === 0) return 'Synthetic questions and answers';
  return isSynthetic(manifest) ? 'Synthetic and imported questions and answers' : 'Imported questions and answers';
}

const passages = (manifest: DatasetManifest) =>
  isSynthetic(manifest)
    ? `, from\n${count(manifest.chunksCovered, 'chunk')} of ${manifest.chunks} in ${count(manifest.documents, 'document')}`
    : '';

function imported({ imports }: DatasetManifest): string {
  if (!imports) return '';
  const files = Object.entries(imports).map(([file, n]) => `${n} of \`${file}\``);
  return `\nImported: ${files.join(', ')}.\n`;
}

function kindsTable({ kinds }: DatasetManifest): string {
  if (!kinds) return '';
  const rows = Object.entries(kinds).map(([kind, { wanted, kept }]) => `| ${kind} | ${wanted} | ${kept} |`);
  const short = Object.values(kinds).some(({ wanted, kept }) => kept < wanted);
  const why = short ? '\nWhat a kind lacks was not found in the documents, or not accepted, in any round.\n' : '';
  return `## Kinds of questions

| kind | wanted | kept |
| --- | ---: | ---: |
${rows.join('\n')}
${why}
`;
}

function corrections(manifest: DatasetManifest): string {
  if (!manifest.corrections) return '';
  const { asked, saved } = manifest.corrections;
  return `## Corrections

${count(asked, 'rejected example')} went back to the teacher with the judges' reasons; ${saved} came back good (${Math.round((100 * saved) / Math.max(1, asked))}%).
Each names the one it corrects in \`correctionOf\`.

`;
}

/** Where judge models disagreed, and what cascades saved. */
function judging({ panels = {}, cascades = {} }: DatasetManifest): string {
  const lines = [
    ...Object.entries(panels).map(
      ([name, { judged, disagreed }]) =>
        `- \`${name}\` judged ${count(judged, 'pair')}; its models disagreed on ${disagreed} (${percent(disagreed, judged)}).`,
    ),
    ...Object.entries(cascades).map(
      ([name, { judged, reachedLast }]) =>
        `- \`${name}\` judged ${count(judged, 'pair')}; its last step was asked for ${reachedLast}, which saved ${percent(judged - reachedLast, judged)} of its calls.`,
    ),
  ];
  return lines.length > 0 ? `## Panels and cascades\n\n${lines.join('\n')}\n\n` : '';
}

const percent = (part: number, all: number) => `${Math.round((100 * part) / Math.max(1, all))}%`;

/** What was found in the documents that a reader should know of. */
function screened(manifest: DatasetManifest): string {
  const { personalData, personalDataRule, instructions, suites, rejected, madeBy } = manifest;
  const { filters } = (madeBy['recipe'] ?? {}) as { filters?: { phoneRegion?: string } };
  const unsought = filters?.phoneRegion ? 'Names' : 'Names, and phone numbers without a country code,';
  const data = Object.entries(personalData);
  const lines = [
    data.length > 0
      ? `- Personal data in the documents and imported pairs: ${data.map(([kind, n]) => `${n} ${kind}`).join(', ')}${RULES[personalDataRule ?? 'redact']}. ${unsought} were not looked for.`
      : '- No e-mail addresses, phone numbers, card or account numbers or network addresses were found in the documents and imported pairs.',
    ...(Object.keys(suites).length > 0
      ? [
          `- Compared with the questions of ${Object.keys(suites).join(', ')}: ${rejected['contaminated'] ?? 0} left out.`,
        ]
      : []),
    `- ${count(instructions.found, 'text')} in the documents that ${instructions.found === 1 ? 'tries' : 'try'} to instruct a model.`,
    ...instructions.first.map(
      ({ chunkId, why, text }) => `  - \`${chunkId}\` ${why}: ${JSON.stringify(text.replace(/\s+/g, ' '))}`,
    ),
  ];
  return `## What was looked for\n\n${lines.join('\n')}\n\n`;
}

const RULES = {
  redact: '; each was replaced by its kind, such as [email]',
  reject: '; pairs that had any were rejected',
  keep: '; **it was kept**',
} as const;

const TERMS: Readonly<Record<string, string>> = {
  allowed: 'allow training other models on what it writes',
  forbidden: 'forbid training other models on what it writes',
  unknown: 'on training other models on what it writes were not looked up; do so before you publish or train',
};

function terms(manifest: DatasetManifest): string {
  const { documents, undeclared = 0, teacher } = manifest.licences;
  const none =
    undeclared > 0 && documents.length > 0
      ? `; ${count(undeclared, 'document')} of ${manifest.documents} without one`
      : '';
  const wrote = `- Teacher \`${teacher.name}\`: its terms ${TERMS[teacher.trainingTerms] ?? teacher.trainingTerms}.\n`;
  return `## Licences and terms

- Documents: ${documents.length > 0 ? documents.join(', ') : 'none stated'}${none}.
${isSynthetic(manifest) ? wrote : ''}
`;
}

const TEST_RELATION: Record<DatasetManifest['testDeclares'], string> = {
  'same facts, new wording':
    'Every fact of the test split is also in train, asked in other words; no wording of the test split is nearly that of\n' +
    'one in train or validation. So it measures whether what was taught is known, however it is asked: not what was never taught.',
  'new facts': 'No fact of the test split is in train. So it measures what was never taught.',
};

function header(manifest: DatasetManifest): Record<string, unknown> {
  const { name, kept, licences } = manifest;
  return {
    pretty_name: name,
    // What some documents do not state can't be said of the whole.
    ...(licences.undeclared ? { license: 'unknown' } : licenceFields(licences.documents)),
    task_categories: ['question-answering'],
    size_categories: [sizeCategory(kept)],
    tags: [...(isSynthetic(manifest) ? ['synthetic'] : []), 'whetstone'],
    configs: [
      { config_name: 'default', data_files: ['train', 'validation', 'test'].map(dataFile) },
      { config_name: 'rejected', data_files: ['rejected'].map(dataFile) },
      { config_name: 'skipped', data_files: [{ split: 'skipped', path: manifest.skipped.uri }] },
    ],
  };
}

const dataFile = (split: string) => ({ split, path: `data/${split}.parquet` });

function licenceFields([first, ...others]: readonly string[]): Record<string, unknown> {
  if (first === undefined) return { license: 'unknown' };
  const known = KNOWN_LICENCES.find((licence) => licence === first.toLowerCase());
  if (known && others.length === 0) return { license: known };
  return { license: 'other', license_name: [first, ...others].join(', ') };
}

/** The hub's size buckets. */
function sizeCategory(rows: number): string {
  if (rows < 1_000) return 'n<1K';
  if (rows < 10_000) return '1K<n<10K';
  return rows < 100_000 ? '10K<n<100K' : '100K<n<1M';
}

const count = (n: number, noun: string) => `${n} ${noun}${n === 1 ? '' : 's'}`;
const capital = (text: string) => text.charAt(0).toUpperCase() + text.slice(1);
