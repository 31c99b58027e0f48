import { pause, pausesAt } from '../../common/pause.ts';
import { RareShingles } from './rare-shingles.ts';
import { mix, type ShingleSets } from './shingle-sets.ts';

/** Hash functions of a signature, at most. */
const PERMUTATIONS = 128;
/** A pair at the threshold is missed less often than one time in a thousand. */
const MIN_RECALL = 0.999;
/** Texts of one bucket that a text is compared with: those before it, nearest first. It keeps the work linear. */
const MAX_COMPARED = 64;

interface NearOptions {
  threshold: number;
  /** Texts with different values are never a pair, however alike. */
  among?: (index: number) => number;
  /** Where given, one text of each pair must be sought: two others are not compared. */
  sought?: (index: number) => boolean;
}

/**
 * All pairs of texts whose shingles have a Jaccard similarity of at least `threshold`, as indices [lower, higher], sorted:
 * candidates by MinHash with locality-sensitive hashing (Broder, "On the resemblance and containment of documents", 1997;
 * Leskovec, Rajaraman and Ullman, "Mining of Massive Datasets", chapter 3), each then compared exactly. So precision is 1;
 * a pair at the threshold is found with a probability above 0.999, a closer one more surely. Of very many texts that share a
 * bucket each is compared with the 64 before it.
 */
export async function nearPairs(sets: ShingleSets, options: NearOptions): Promise<[number, number][]> {
  const { size } = sets;
  const found = new Set<number>();
  const known = (lower: number, higher: number) => found.has(lower * size + higher);
  await eachNearPair(sets, { ...options, known }, (lower, higher) => found.add(lower * size + higher));
  return [...found].sort((a, b) => a - b).map((pair) => [Math.floor(pair / size), pair % size]);
}

/**
 * Groups of texts: two that are near, as `nearPairs` has it, are in one group, and so are all that are not sought. Gives the number
 * of each text's group. What is in one group already is not compared again.
 */
export async function nearGroups(
  sets: ShingleSets,
  options: NearOptions & Required<Pick<NearOptions, 'sought'>>,
): Promise<Int32Array> {
  const { size } = sets;
  const parents = Int32Array.from({ length: size }, (_, index) => index);
  const groupOf = (index: number): number => {
    let group = index;
    while (parents[group] !== group) group = parents[group] = parents[parents[group]!]!;
    return group;
  };
  let first: number | undefined;
  for (let i = 0; i < size; i++) if (!options.sought(i)) parents[i] = first ??= i;
  const known = (lower: number, higher: number) => groupOf(lower) === groupOf(higher);
  await eachNearPair(sets, { ...options, known }, (lower, higher) => (parents[groupOf(higher)] = groupOf(lower)));
  return parents.map((_, index) => groupOf(index));
}

/** @param options.known pairs for which nothing is left to find out */
async function eachNearPair(
  sets: ShingleSets,
  options: NearOptions & { known: (lower: number, higher: number) => boolean },
  visit: (lower: number, higher: number) => void,
): Promise<void> {
  const { threshold, among, sought, known } = options;
  const { bands, rows } = bandsFor(threshold);
  const { size } = sets;
  const rare = new RareShingles(sets, threshold);
  const all = new Chains(size);
  const soughtOnes = sought && new Chains(size);
  for (let band = 0; band < bands; band++) {
    const keys = bandKeys(sets, { from: band * rows, rows, among });
    all.clear();
    soughtOnes?.clear();
    for (let i = 0; i < size; i++) {
      if (pausesAt(i)) await pause();
      if (sets.sizeOf(i) === 0) continue;
      const key = keys[i]!;
      const isSought = !sought || sought(i);
      const chain = isSought ? all : soughtOnes!;
      let compared = 0;
      for (let j = chain.last(key); j >= 0 && compared < MAX_COMPARED; j = chain.before(j)) {
        // Buckets may share a chain.
        if (keys[j] !== key || (among && among(i) !== among(j))) continue;
        compared++;
        if (rare.mayReach(j, i) && !known(j, i) && sets.reaches(j, i, threshold)) visit(j, i);
      }
      all.add(i, key);
      if (isSought) soughtOnes?.add(i, key);
    }
  }
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
