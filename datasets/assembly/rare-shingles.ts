import type { ShingleSets } from './shingle-sets.ts';

/** Of more of a text's shingles than this, a comparison costs as much as that of the texts. */
const MOST = 4;

/**
 * The rarest shingles of each text, rarest first. Two texts that must share so many shingles share one of the few rarest of both: so
 * most pairs are told apart by a look at some numbers, and exactly, such as questions of one form about different things.
 * Prefix filtering: Chaudhuri, Ganti and Kaushik, "A Primitive Operator for Similarity Joins in Data Cleaning", 2006.
 */
export class RareShingles {
  readonly #sets: ShingleSets;
  readonly #rarest: Uint32Array;
  /** How many shingles two texts must share, by the sum of their counts. */
  readonly #shared: Uint32Array;

  /** @param threshold of Jaccard similarity */
  constructor(sets: ShingleSets, threshold: number) {
    this.#sets = sets;
    this.#rarest = new Uint32Array(sets.size * MOST);
    let most = 0;
    for (let i = 0; i < sets.size; i++) most = Math.max(most, sets.sizeOf(i));
    // shared / (all - shared) >= threshold, less what rounding takes away.
    this.#shared = Uint32Array.from({ length: 2 * most + 1 }, (_, all) =>
      Math.ceil((threshold * all) / (1 + threshold) - 1e-9),
    );
    const counts = countShingles(sets);
    for (let i = 0; i < sets.size; i++) {
      const hashes = sets.of(i);
      let above = -1;
      for (let place = i * MOST; place < i * MOST + Math.min(MOST, hashes.length); place++) {
        let least = Infinity;
        for (let k = 0; k < hashes.length; k++) {
          const hash = hashes[k]!;
          const rank = counts[hash & (counts.length - 1)]! * 2 ** 32 + hash;
          if (rank > above && rank < least) least = rank;
        }
        this.#rarest[place] = least % 2 ** 32;
        above = least;
      }
    }
  }

  /** False where two texts can't reach the threshold. */
  mayReach(a: number, b: number): boolean {
    const sizeA = this.#sets.sizeOf(a);
    const sizeB = this.#sets.sizeOf(b);
    const shared = this.#shared[sizeA + sizeB]!;
    const ofA = sizeA - shared + 1;
    const ofB = sizeB - shared + 1;
    if (ofA < 1 || ofB < 1) return false;
    if (ofA > MOST || ofB > MOST) return true;
    const rarest = this.#rarest;
    for (let i = a * MOST; i < a * MOST + ofA; i++)
      for (let j = b * MOST; j < b * MOST + ofB; j++) if (rarest[i] === rarest[j]) return true;
    return false;
  }
}

/** How often each shingle is there; some share a count, which makes them look less rare and changes nothing else. */
function countShingles(sets: ShingleSets): Uint32Array {
  const counts = new Uint32Array(2 ** Math.min(22, Math.ceil(Math.log2(sets.size + 2)) + 3));
  for (let i = 0; i < sets.size; i++) {
    const hashes = sets.of(i);
    for (let k = 0; k < hashes.length; k++) counts[hashes[k]! & (counts.length - 1)]!++;
  }
  return counts;
}
