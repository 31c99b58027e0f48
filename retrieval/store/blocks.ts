import { distance, Nearest, signsOf, signWords } from './signs.ts';
import type { BlockTable } from './tables.ts';

/** Blocks of 1024 passages: their signs side by side, and what to filter them by, so that a search reads few long rows. */

export const BLOCK_SIZE = 1024;
const FIELDS = ['added', 'removed', 'audience', 'validUntil'] as const;
export type Filters = Record<(typeof FIELDS)[number], number>;

export const blockOf = (id: number): number => Math.floor(id / BLOCK_SIZE);

/** A block to write to. A place where no passage is was added at 0, which is before all generations, and is never found. */
export class Block {
  readonly filters: Int32Array;
  readonly signs: Uint32Array;
  readonly #words: number;

  constructor(dimensions: number, kept?: Pick<BlockTable, 'filters' | 'signs'>) {
    this.#words = signWords(dimensions);
    this.filters = kept ? new Int32Array(copied(kept.filters)) : new Int32Array(BLOCK_SIZE * FIELDS.length);
    this.signs = kept ? new Uint32Array(copied(kept.signs)) : new Uint32Array(BLOCK_SIZE * this.#words);
  }

  set(id: number, filters: Filters, vector: Float32Array): void {
    const at = id % BLOCK_SIZE;
    for (const [field, name] of FIELDS.entries()) this.filters[field * BLOCK_SIZE + at] = filters[name];
    this.signs.set(signsOf(vector), at * this.#words);
  }

  end(id: number, generation: number): void {
    this.filters[BLOCK_SIZE + (id % BLOCK_SIZE)] = generation;
  }

  relabel(id: number, { audience, validUntil }: Pick<Filters, 'audience' | 'validUntil'>): void {
    const at = id % BLOCK_SIZE;
    this.filters[2 * BLOCK_SIZE + at] = audience;
    this.filters[3 * BLOCK_SIZE + at] = validUntil;
  }

  erase(id: number): void {
    const at = id % BLOCK_SIZE;
    for (const field of FIELDS.keys()) this.filters[field * BLOCK_SIZE + at] = 0;
    this.signs.fill(0, at * this.#words, (at + 1) * this.#words);
  }

  bytes(): Pick<BlockTable, 'filters' | 'signs'> {
    return { filters: new Uint8Array(this.filters.buffer), signs: new Uint8Array(this.signs.buffer) };
  }
}

export interface BlockSearch {
  generation: number;
  /** By its number, whether an audience is one that asks. */
  audiences: Uint8Array;
  today: number;
  asked: Uint32Array;
}

/** Adds what a block has, of what may be found, to the nearest. @param number of the block */
export function searchBlock(
  number: number,
  { filters, signs }: Pick<Block, 'filters' | 'signs'>,
  search: BlockSearch,
  nearest: Nearest,
): void {
  const { generation, audiences, today, asked } = search;
  const first = number * BLOCK_SIZE;
  for (let at = 0; at < BLOCK_SIZE; at++) {
    const added = filters[at]!;
    if (added === 0 || added > generation || filters[BLOCK_SIZE + at]! <= generation) continue;
    if (audiences[filters[2 * BLOCK_SIZE + at]!] !== 1 || filters[3 * BLOCK_SIZE + at]! < today) continue;
    nearest.add(first + at, distance(signs, at * asked.length, asked));
  }
}

/** The bytes at an address that numbers of four bytes may begin at: SQLite's do mostly, and then nothing is copied. */
function copied(bytes: Uint8Array): ArrayBuffer {
  const { buffer, byteOffset, byteLength } = bytes;
  if (byteOffset === 0 && byteLength === buffer.byteLength) return buffer as ArrayBuffer;
  return new Uint8Array(bytes).buffer;
}
