/**
 * How good an order is, by which of the texts in it are relevant, best first. Every function gives 0 to 1, and 0 for an order in which
 * nothing is relevant.
 */

/** Share of the first k that are relevant; where fewer were found, of those. */
export function precisionAt(relevant: readonly boolean[], k: number): number {
  const first = relevant.slice(0, k);
  return first.length === 0 ? 0 : count(first) / first.length;
}

/** 1 over the place of the first relevant one. */
export function reciprocalRank(relevant: readonly boolean[]): number {
  const at = relevant.indexOf(true);
  return at < 0 ? 0 : 1 / (at + 1);
}

/**
 * Discounted cumulative gain of the first k over that of the best order, with gains of 0 and 1 (Järvelin and Kekäläinen, 2002).
 * @param all how many relevant texts there are, found or not
 */
export function ndcgAt(relevant: readonly boolean[], k: number, all: number): number {
  const gain = (found: readonly boolean[]) =>
    found.slice(0, k).reduce((sum, hit, at) => sum + (hit ? 1 / Math.log2(at + 2) : 0), 0);
  const best = gain(Array.from({ length: Math.max(all, count(relevant)) }, () => true));
  return best === 0 ? 0 : gain(relevant) / best;
}

/**
 * Mean of the precision at each place of the first k that holds a relevant text: Ragas' context precision. It can be better for an order in which
 * less is found, so it is read beside the recall.
 */
export function contextPrecisionAt(relevant: readonly boolean[], k: number): number {
  const first = relevant.slice(0, k);
  let seen = 0;
  let sum = 0;
  for (const [at, hit] of first.entries()) if (hit) sum += ++seen / (at + 1);
  return seen === 0 ? 0 : sum / seen;
}

const count = (relevant: readonly boolean[]) => relevant.filter(Boolean).length;
