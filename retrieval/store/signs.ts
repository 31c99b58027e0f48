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
  const words = asked.length;
  let differing = 0;
  let at = 0;
  // Three words at a time are added bit by bit: what is in one or in all of them, and, worth two, what is in two or more.
  for (; at + 2 < words; at += 3) {
    const a = block[offset + at]! ^ asked[at]!;
    const b = block[offset + at + 1]! ^ asked[at + 1]!;
    const c = block[offset + at + 2]! ^ asked[at + 2]!;
    const odd = a ^ b;
    differing += bitsOf(odd ^ c) + 2 * bitsOf((a & b) | (odd & c));
  }
  for (; at < words; at++) differing += bitsOf(block[offset + at]! ^ asked[at]!);
  return differing;
}

/** Bits are counted in pairs, then in fours, then in eights. */
function bitsOf(word: number): number {
  const pairs = word - ((word >>> 1) & 0x55555555);
  const fours = (pairs & 0x33333333) + ((pairs >>> 2) & 0x33333333);
  return Math.imul((fours + (fours >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
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
