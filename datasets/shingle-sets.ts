import { shingles, type WordingMeasure } from './wording.ts';

/**
 * The shingles of many texts, as hashes in one flat array: a million texts take some fifty megabytes, and two are compared
 * without looking at a word again.
 */
export class ShingleSets {
  readonly #measure: WordingMeasure;
  #hashes = new Uint32Array(1 << 16);
  #starts = new Uint32Array(1 << 12);
  #size = 0;

  constructor(measure: WordingMeasure) {
    this.#measure = measure;
  }

  /** Count of texts. */
  get size(): number {
    return this.#size;
  }

  /** Adds a text; its index is the count of those before it. */
  add(text: string): void {
    const found = new Set<number>();
    for (const shingle of shingles(text, this.#measure)) found.add(hashText(shingle));
    const start = this.#starts[this.#size] ?? 0;
    this.#reserve(start + found.size);
    this.#hashes.set(
      [...found].sort((a, b) => a - b),
      start,
    );
    this.#starts[++this.#size] = start + found.size;
  }

  /** The hashes of one text's shingles, ascending. */
  of(index: number): Uint32Array {
    return this.#hashes.subarray(this.#starts[index], this.#starts[index + 1]);
  }

  /** Count of one text's shingles. */
  sizeOf(index: number): number {
    return this.#starts[index + 1]! - this.#starts[index]!;
  }

  /** Shared / all: exact, but for hashes of 32 bits that collide. */
  jaccard(a: number, b: number): number {
    let i = this.#starts[a]!;
    let j = this.#starts[b]!;
    const [endA, endB] = [this.#starts[a + 1]!, this.#starts[b + 1]!];
    const all = endA - i + (endB - j);
    let shared = 0;
    while (i < endA && j < endB) {
      const difference = this.#hashes[i]! - this.#hashes[j]!;
      if (difference === 0) shared++;
      if (difference <= 0) i++;
      if (difference >= 0) j++;
    }
    return all === 0 ? 0 : shared / (all - shared);
  }

  #reserve(length: number): void {
    if (length > this.#hashes.length) this.#hashes = grown(this.#hashes, length);
    if (this.#size + 2 > this.#starts.length) this.#starts = grown(this.#starts, this.#size + 2);
  }
}

function grown(array: Uint32Array<ArrayBuffer>, length: number): Uint32Array<ArrayBuffer> {
  const larger = new Uint32Array(Math.max(length, array.length * 2));
  larger.set(array);
  return larger;
}

/** FNV-1a over UTF-16 units, then MurmurHash3's finaliser: FNV alone leaves the high bits of short texts alike. */
export function hashText(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return mix(hash);
}

/** MurmurHash3's 32-bit finaliser (Appleby): every bit of the input changes every bit of the output. */
export function mix(value: number): number {
  let hash = value;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
