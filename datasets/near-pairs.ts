import { mix, type ShingleSets } from './shingle-sets.ts';

/** Hash functions of a signature, at most. */
const PERMUTATIONS = 128;
/** A pair at the threshold is missed less often than one time in a thousand. */
const MIN_RECALL = 0.999;
/** Texts of one bucket that a text is compared with: those before it, nearest first. It keeps the work linear. */
const MAX_COMPARED = 64;

/**
 * All pairs of texts whose shingles have a Jaccard similarity of at least `threshold`, as indices [lower, higher], sorted:
 * candidates by MinHash with locality-sensitive hashing (Broder, "On the resemblance and containment of documents", 1997;
 * Leskovec, Rajaraman and Ullman, "Mining of Massive Datasets", chapter 3), each then compared exactly. So precision is 1;
 * a pair at the threshold is found with a probability above 0.999, a closer one more surely. Of very many texts that share a
 * bucket each is compared with the 64 before it.
 * @param options.among texts with different values here are never a pair, however alike
 * @param options.sought where given, one text of each pair must be sought: two others are not compared
 */
export function nearPairs(
  sets: ShingleSets,
  options: { threshold: number; among?: (index: number) => number; sought?: (index: number) => boolean },
): [number, number][] {
  const { threshold, among, sought } = options;
  const { bands, rows } = bandsFor(threshold);
  const found = new Set<number>();
  const { size } = sets;
  const all = new Chains(size);
  const soughtOnes = sought && new Chains(size);
  for (let band = 0; band < bands; band++) {
    const keys = bandKeys(sets, { from: band * rows, rows, among });
    all.clear();
    soughtOnes?.clear();
    for (let i = 0; i < size; i++) {
      if (sets.sizeOf(i) === 0) continue;
      const key = keys[i]!;
      const isSought = !sought || sought(i);
      const chain = isSought ? all : soughtOnes!;
      let compared = 0;
      for (let j = chain.last(key); j >= 0 && compared < MAX_COMPARED; j = chain.before(j)) {
        // Buckets may share a chain.
        if (keys[j] !== key || (among && among(i) !== among(j))) continue;
        compared++;
        const pair = j * size + i;
        if (!found.has(pair) && sets.reaches(j, i, threshold)) found.add(pair);
      }
      all.add(i, key);
      if (isSought) soughtOnes?.add(i, key);
    }
  }
  return [...found].sort((a, b) => a - b).map((pair) => [Math.floor(pair / size), pair % size]);
}

/** Texts by bucket: each points at the one before it, with no array for each of many small buckets. Buckets may share a chain. */
class Chains {
  readonly #last: Int32Array;
  readonly #before: Int32Array;

  constructor(size: number) {
    this.#last = new Int32Array(2 ** Math.ceil(Math.log2(Math.max(2, 2 * size))));
    this.#before = new Int32Array(size);
  }

  clear(): void {
    this.#last.fill(-1);
  }

  /** The text that was added last to the bucket's chain, or -1. */
  last(key: number): number {
    return this.#last[this.#placeOf(key)]!;
  }

  before(index: number): number {
    return this.#before[index]!;
  }

  add(index: number, key: number): void {
    const place = this.#placeOf(key);
    this.#before[index] = this.#last[place]!;
    this.#last[place] = index;
  }

  #placeOf(key: number): number {
    return (key ^ (key >>> 16)) & (this.#last.length - 1);
  }
}

/** The most rows a band can have, and so the fewest false candidates, while recall at the threshold stays high enough. */
export function bandsFor(threshold: number): { bands: number; rows: number } {
  for (let rows = PERMUTATIONS; rows > 1; rows--) {
    // The fewest that reach the recall; one band finds all that are the same.
    const bands = threshold < 1 ? Math.ceil(Math.log(1 - MIN_RECALL) / Math.log1p(-(threshold ** rows))) : 1;
    if (bands * rows <= PERMUTATIONS) return { bands, rows };
  }
  return { bands: PERMUTATIONS, rows: 1 };
}

/**
 * One band of every text's MinHash signature, hashed to one number: the smallest value that each of `rows` multiply-add hash
 * functions gives the text's shingles. Band by band, so that no signature is ever held whole.
 */
function bandKeys(
  sets: ShingleSets,
  options: { from: number; rows: number; among: ((index: number) => number) | undefined },
): Int32Array {
  const { from, rows, among } = options;
  const multipliers = Int32Array.from({ length: rows }, (_, row) => mix(2 * (from + row) + 1) | 1);
  const offsets = Int32Array.from({ length: rows }, (_, row) => mix(2 * (from + row) + 2));
  const { size } = sets;
  const keys = new Int32Array(size);
  for (let i = 0; i < size; i++) {
    const hashes = sets.of(i);
    let key = among ? mix(among(i)) : 0;
    for (let row = 0; row < rows; row++) {
      const multiplier = multipliers[row]!;
      const offset = offsets[row]!;
      // Signed: numbers above 2^31 would leave the registers.
      let least = 0x7fffffff;
      for (let k = 0; k < hashes.length; k++) {
        const value = (Math.imul(multiplier, hashes[k]!) + offset) | 0;
        if (value < least) least = value;
      }
      key = Math.imul(key ^ least, 0x9e3779b1) ^ (key >>> 15);
    }
    keys[i] = key;
  }
  return keys;
}
