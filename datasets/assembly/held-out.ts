import { sha256Of } from '../../common/hash.ts';
import type { Wording } from '../../schema/data.ts';
import { nearGroups } from './near-pairs.ts';
import { ShingleSets } from './shingle-sets.ts';

/**
 * Holds a wording out of each changed fact that has none in test: one that no wording stays in train which is nearly its own. Those
 * that are near to it go with it, where they are the fact's own and others of the fact stay to be trained on.
 */
export async function holdOutChanged<T extends Pick<Wording, 'id' | 'factId' | 'question' | 'isChanged'>>(input: {
  rows: readonly T[];
  sides: Map<T, 'train' | 'validation' | 'test'>;
  threshold: number;
}): Promise<void> {
  const { rows, sides, threshold } = input;
  const facts = Map.groupBy(rows, ({ factId }) => factId);
  const lacking = [...facts.values()].filter(
    (own) => own.some(({ isChanged }) => isChanged) && own.length > 1 && own.every((row) => sides.get(row) !== 'test'),
  );
  if (lacking.length === 0) return;
  const sought = new Set(lacking.flat());
  const sets = new ShingleSets('unordered');
  await sets.addAll(rows.map(({ question }) => question));
  const groups = await nearGroups(sets, { threshold, sought: (index) => sought.has(rows[index]!) });
  const members = Map.groupBy(rows.keys(), (index) => groups[index]!);
  const placeOf = new Map(rows.map((row, index) => [row, index]));
  for (const own of lacking) {
    const alike = [...Map.groupBy(own, (row) => groups[placeOf.get(row)!]!)]
      // Those that are like another fact's, or like what is held out, stay where they are.
      .filter(([group, some]) => some.length < own.length && members.get(group)!.length === some.length)
      .map(([, some]) => some)
      .sort((a, b) => a.length - b.length || (rankOf(a) < rankOf(b) ? -1 : 1));
    for (const row of alike[0] ?? []) sides.set(row, 'test');
  }
}

const rankOf = (some: readonly Pick<Wording, 'id'>[]) => sha256Of(some.map(({ id }) => id).join('\n'));
