/**
 * Signs of vectors: a bit for each number, whether it is above 0. How many of them differ says nearly how far two vectors are apart, in a
 * thirty-second of the memory, so that all of a large index are looked at, and the best by signs then by their vectors.
 */

const WORD_BITS = 32;

export const signWords = (dimensions: number): number => Math.ceil(dimensions / WORD_BITS);

/** The signs of a vector, as whole numbers of 32 bits. */
export function signsOf(vector: Float32Array): Uint32Array {
  const signs = new Uint32Array(signWords(vector.length));
  for (const [at, value] of vector.entries()) if (value > 0) signs[at >>> 5]! |= 1 << (at & 31);
  return signs;
}

/** How many bits of `block` from `offset` on are others than those asked for. */
export function distance(block: Uint32Array, offset: number, asked: Uint32Array): number {
  let differing = 0;
  for (let at = 0; at < asked.length; at++) {
    // Bits are counted in pairs, then in fours, then in eights.
    let bits = block[offset + at]! ^ asked[at]!;
    bits -= (bits >>> 1) & 0x55555555;
    bits = (bits & 0x33333333) + ((bits >>> 2) & 0x33333333);
    differing += Math.imul((bits + (bits >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
  }
  return differing;
}

/** Keeps the nearest of many, without ordering the others. */
export class Nearest {
  readonly #ids: number[][];
  readonly #most: number;
  #count = 0;
  #farthest: number;

  /** @param most how many are kept; @param dimensions the largest distance */
  constructor(most: number, dimensions: number) {
    this.#most = most;
    this.#farthest = dimensions;
    this.#ids = Array.from({ length: dimensions + 1 }, () => []);
  }

  add(id: number, far: number): void {
    if (far > this.#farthest) return;
    this.#ids[far]!.push(id);
    this.#count++;
    // The farthest go as soon as enough are nearer.
    while (this.#count - this.#ids[this.#farthest]!.length >= this.#most) {
      this.#count -= this.#ids[this.#farthest]!.length;
      this.#ids[this.#farthest--] = [];
    }
  }

  /** The nearest first; of those that are as far as the last, all. */
  ids(): number[] {
    return this.#ids.flat();
  }
}
