import { shortened } from '../../common/shortened.ts';
import type { ChangesForecast } from '../../operations/plan/plan-changes.ts';

/** What the documents changed, and what the gate will make of it, for people. */

const MOST = 120;

export function describeChanges(changes: ChangesForecast | undefined): string[] {
  if (!changes) return [];
  const { since } = changes;
  if ('why' in changes)
    return [`The documents are not compared with those of version ${since}, which serves: ${changes.why}.`, ''];
  const { changed, added, removed, first, mayPromote } = changes;
  const all = changed + added + removed;
  if (all === 0) return [`The documents say what they said for version ${since}, which serves.`, ''];
  const more = all - first.length;
  return [
    `Since version ${since}, which serves: ${changed} statement${changed === 1 ? '' : 's'} changed, ${added} added, ${removed} removed.`,
    ...first.flatMap(describeChange),
    ...(more > 0 ? [`  ... and ${more} more`] : []),
    ...(changed + added === 0
      ? []
      : mayPromote
        ? [
            'The rule gate.corrections promotes what answers them right and is not worse on the rest, however small the difference.',
          ]
        : ['The rule gate.corrections does not apply: it is switched off, or the suite test is not asked.']),
    '',
  ];
}

type Change = Extract<ChangesForecast, { first: unknown }>['first'][number];

function describeChange({ kind, before, after, stillIn }: Change): string[] {
  const where = (after ?? before)?.documentId ?? '';
  return [
    `  ${kind} in ${where}:`,
    ...(before ? [`    - ${shortened(before.text, MOST)}`] : []),
    ...(after ? [`    + ${shortened(after.text, MOST)}`] : []),
    ...(stillIn === undefined ? [] : [`    ${stillIn} still says what was said before: is that right?`]),
  ];
}
