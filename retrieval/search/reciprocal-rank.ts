import type { FoundPassage } from '../../schema/retrieval.ts';

/** What keeps the first few ranks from deciding alone, as in the paper. */
const RANK_CONSTANT = 60;

type Ranks = FoundPassage['ranks'];

/**
 * Merges lists of ids, each best first, by reciprocal rank: an id's score is the sum of 1 / (60 + rank) over the lists that have it
 * (Cormack, Clarke and Büttcher, SIGIR 2009). Ids of one score come in the order of their text, so that the result is the same everywhere.
 * @returns the best `k`, with their place in each list, 1 the first
 */
export function mergeByReciprocalRank(
  lists: { words: readonly string[]; vectors: readonly string[] },
  k: number,
): { id: string; score: number; ranks: Ranks }[] {
  const ranked = new Map<string, Ranks>();
  for (const list of ['words', 'vectors'] as const) {
    for (const [at, id] of lists[list].entries()) {
      const ranks = ranked.get(id) ?? {};
      ranks[list] ??= at + 1;
      ranked.set(id, ranks);
    }
  }
  const score = ({ words, vectors }: Ranks) =>
    [words, vectors].reduce<number>((sum, rank) => sum + (rank === undefined ? 0 : 1 / (RANK_CONSTANT + rank)), 0);
  return [...ranked]
    .map(([id, ranks]) => ({ id, score: score(ranks), ranks }))
    .sort((a, b) => b.score - a.score || (a.id < b.id ? -1 : 1))
    .slice(0, k);
}
