import { nearPairs } from './near-pairs.ts';
import { byPrecedence } from './precedence.ts';
import { pause, pausesAt } from '../../common/pause.ts';
import type { LeftOut } from '../../schema/reject.ts';
import type { Wording } from '../../schema/data.ts';
import { hashText, ShingleSets } from './shingle-sets.ts';
import { normalise, wordsOf } from '../../language/text.ts';

/**
 * Leaves out what is worded as something else: the same after normalising, or nearly the same (Jaccard of neighbouring word
 * pairs at least `nearDuplicate`) with the same numbers. Of such a pair the one is kept that
 * goes before the other (`byPrecedence`), and the other names it.
 * Phrasings of one fact are alike in meaning by design: only wording counts.
 */
export async function dedupe<T extends Wording>(input: {
  rows: readonly T[];
  nearDuplicate: number;
}): Promise<{ kept: T[]; leftOut: LeftOut<T>[] }> {
  const kept: T[] = [];
  const leftOut: LeftOut<T>[] = [];
  const byQuestion = new Map<string, T>();
  const sets = new ShingleSets('ordered');
  const numbers: number[] = [];
  for (const [i, row] of input.rows.toSorted(byPrecedence).entries()) {
    if (pausesAt(i)) await pause();
    const normalised = normalise(row.question);
    const key = normalised.replace(/[\s?.!]+$/, '');
    const twin = byQuestion.get(key);
    if (twin) {
      leftOut.push(duplicateOf(row, twin, 'the same wording'));
      continue;
    }
    byQuestion.set(key, row);
    kept.push(row);
    const found = wordsOf(normalised);
    sets.add(found);
    numbers.push(hashText(numbersOf(found)));
  }

  const gone = new Set<number>();
  const among = (index: number) => numbers[index] ?? 0;
  for (const [lower, higher] of await nearPairs(sets, { threshold: input.nearDuplicate, among })) {
    const [twin, row] = [kept[lower], kept[higher]];
    if (!twin || !row || gone.has(lower) || gone.has(higher)) continue;
    gone.add(higher);
    leftOut.push(duplicateOf(row, twin, 'nearly the same wording'));
  }
  return { kept: kept.filter((_, i) => !gone.has(i)), leftOut };
}

const duplicateOf = <T extends Wording>(row: T, twin: T, how: string): LeftOut<T> => ({
  row,
  reason: 'duplicate',
  why: `${how} as ${twin.id}, which goes before it: "${twin.question}"`,
});

/** "at 12 weeks" and "at 20 weeks" are different questions, however long the rest. */
const numbersOf = (words: readonly string[]) => words.filter((word) => /^\p{N}/u.test(word)).join(' ');
