import { words } from '../../language/text.ts';
import type { WordingMeasure } from '../../datasets/assembly/shingle-sets.ts';

/**
 * What MinHash is measured by: all pairs of texts whose shingles have a Jaccard similarity (shared / all) of at least `threshold`, as indices
 * [lower, higher], sorted. Exact, and fast by prefix filtering: two sets that similar share one of their rarest shingles
 * (Bayardo, Ma and Srikant, "Scaling Up All Pairs Similarity Search", 2007), so only those are indexed.
 */
export function exactNearPairs(
  texts: string[],
  options: { threshold: number; measure: WordingMeasure },
): [number, number][] {
  const { threshold, measure } = options;
  const sets = texts.map((text) => shingles(text, measure));
  const frequency = new Map<string, number>();
  for (const set of sets) for (const shingle of set) frequency.set(shingle, (frequency.get(shingle) ?? 0) + 1);
  const rarity = (a: string, b: string) =>
    (frequency.get(a) ?? 0) - (frequency.get(b) ?? 0) || (a < b ? -1 : Number(a > b));

  const index = new Map<string, number[]>();
  const pairs: [number, number][] = [];
  for (const [i, set] of sets.entries()) {
    const prefix = [...set].sort(rarity).slice(0, set.size - leastShared(set.size, threshold) + 1);
    const candidates = new Set(prefix.flatMap((shingle) => index.get(shingle) ?? []));
    for (const j of candidates) if (jaccard(sets[j] ?? new Set(), set) >= threshold) pairs.push([j, i]);
    for (const shingle of prefix) {
      const holding = index.get(shingle);
      if (holding) holding.push(i);
      else index.set(shingle, [i]);
    }
  }
  return pairs.sort(([a, b], [c, d]) => a - c || b - d);
}

/** Shingles that a set of this size shares at least with one that similar; the small term undoes rounding (0.7 · 10 > 7). */
const leastShared = (size: number, threshold: number) => Math.ceil(threshold * size - 1e-9);

function jaccard(a: Set<string>, b: Set<string>): number {
  let shared = 0;
  for (const item of a) if (b.has(item)) shared += 1;
  return shared / (a.size + b.size - shared);
}

/** Shingles of a text: its pairs of neighbouring words with both ends marked, or its set of words. */
export function shingles(text: string, measure: WordingMeasure): Set<string> {
  const found = words(text);
  if (measure === 'unordered') return new Set(found);
  return new Set([...found, '$'].map((word, i) => `${i === 0 ? '^' : found[i - 1]} ${word}`));
}
