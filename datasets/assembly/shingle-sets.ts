import { pause, pausesAt } from '../../common/pause.ts';
import { words } from '../../language/text.ts';

/** How two wordings are compared. `ordered` sees pairs of neighbouring words, `unordered` only which words there are. */
export type WordingMeasure = 'ordered' | 'unordered';

const SEED = 0x811c9dc5;

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

  /** Adds a text, as it is or as its words; its index is the count of those before it. */
  add(text: string | readonly string[]): void {
    const found = typeof text === 'string' ? words(text) : text;
    const start = this.#starts[this.#size] ?? 0;
    this.#reserve(start + found.length + 1);
    const all = this.#hashes.subarray(start, start + this.#fill(found, start)).sort();
    // Each once.
    let size = 0;
    for (let i = 0; i < all.length; i++) if (i === 0 || all[i] !== all[i - 1]) all[size++] = all[i]!;
    this.#starts[++this.#size] = start + size;
  }

  /** Adds texts one after the other, with pauses. */
  async addAll(texts: readonly string[]): Promise<void> {
    for (const [i, text] of texts.entries()) {
      if (pausesAt(i)) await pause();
      this.add(text);
    }
  }

  /** Writes the hashes of the text's `shingles`, without making these. Returns their count. */
  #fill(found: readonly string[], start: number): number {
    const hashes = this.#hashes;
    if (this.#measure === 'unordered') {
      for (let i = 0; i < found.length; i++) hashes[start + i] = hashText(found[i]!);
      return found.length;
    }
    let before = hashOn(SEED, '^ ');
    for (let i = 0; i <= found.length; i++) {
      const word = found[i] ?? '$';
      hashes[start + i] = mix(hashOn(before, word));
      before = hashOn(hashOn(SEED, word), ' ');
    }
    return found.length + 1;
  }

  /** The hashes of one text's shingles, ascending. */
  of(index: number): Uint32Array {
    return this.#hashes.subarray(this.#starts[index], this.#starts[index + 1]);
  }

  /** Count of one text's shingles. */
  sizeOf(index: number): number {
    return this.#starts[index + 1]! - this.#starts[index]!;
  }

  /** Whether the Jaccard similarity is at least `threshold`: exact, but for hashes of 32 bits that collide. Gives up as soon as too many differ. */
  reaches(a: number, b: number, threshold: number): boolean {
    let i = this.#starts[a]!;
    let j = this.#starts[b]!;
    const [endA, endB] = [this.#starts[a + 1]!, this.#starts[b + 1]!];
    const all = endA - i + (endB - j);
    if (all === 0) return false;
    // shared / (all - shared) >= threshold, less what rounding takes away.
    const needed = (threshold * all) / (1 + threshold) - 1e-9;
    let mayDiffer = all - 2 * needed;
    let shared = 0;
    while (i < endA && j < endB) {
      const difference = this.#hashes[i]! - this.#hashes[j]!;
      if (difference === 0) shared++;
      else if (--mayDiffer < 0) return false;
      if (difference <= 0) i++;
      if (difference >= 0) j++;
    }
    return shared >= needed;
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
export const hashText = (text: string): number => mix(hashOn(SEED, text));

function hashOn(hash: number, text: string): number {
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return hash;
}

/** MurmurHash3's 32-bit finaliser (Appleby): every bit of the input changes every bit of the output. */
export function mix(value: number): number {
  let hash = value;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
