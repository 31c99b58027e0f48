import Table from 'cli-table3';
import { shortened } from '../../common/shortened.ts';
import { CHANGE_KINDS, type DatasetDiff, type QuestionChange } from '../../datasets/versions/diff.ts';

/** Characters of a setting, in a table. */
const VALUE_SHOWN = 60;

/** What changed between two datasets, for people. */
export function describeDiff(diff: DatasetDiff, before: string, after: string): string {
  const lines = [`${before} -> ${after}: ${diff.same} questions are the same`];
  for (const kind of CHANGE_KINDS) {
    if (diff.counts[kind] === 0) continue;
    lines.push('', `${diff.counts[kind]} ${kind}`, ...diff.shown[kind].map(describeChange));
    const more = diff.counts[kind] - diff.shown[kind].length;
    if (more > 0) lines.push(`  ... and ${more} more`);
  }
  const rejected = Object.entries(diff.rejected);
  if (rejected.length > 0) {
    const table = new Table({ head: ['rejected by', before, after], style: { head: [], border: [] } });
    for (const [reason, counts] of rejected) table.push([reason, counts.before, counts.after]);
    lines.push('', table.toString());
  }
  if (diff.recipe.length > 0) {
    const table = new Table({ head: ['made by', before, after], style: { head: [], border: [] }, wordWrap: true });
    for (const { field, before: was, after: is } of diff.recipe)
      table.push([field, shortened(was, VALUE_SHOWN), shortened(is, VALUE_SHOWN)]);
    lines.push('', table.toString());
  }
  for (const { judge, before: was, after: is } of diff.judges)
    lines.push(
      '',
      `Judge ${judge}: ${was ?? 'not asked'} -> ${is ?? 'not asked'}. Its scores and rejects of the two versions don't compare.`,
    );
  return lines.join('\n');
}

function describeChange({ question, before, after }: QuestionChange): string {
  const splits = [before?.split, after?.split].filter(Boolean);
  const place = splits[0] === splits[1] ? splits[0] : splits.join(' -> ');
  const answers =
    before && after && before.answer !== after.answer ? `\n    - ${before.answer}\n    + ${after.answer}` : '';
  return `  [${place}] ${question}${answers}`;
}
