import type { Kysely } from 'kysely';
import { Block } from './blocks.ts';
import type { IndexTables } from './tables.ts';

/** 128 MB of 384 dimensions, two million passages: what is looked at in each search is not read from the file each time. */
const MOST_KEPT = 2048;

interface Kept {
  written: number;
  block: Block;
}

const keptBy = new WeakMap<object, Map<string, Kept>>();

/** The blocks of a collection, by number, as they are now: those that were written since are read anew. */
export async function blocksOf(
  db: Kysely<IndexTables>,
  collection: number,
  dimensions: number,
): Promise<Map<number, Block>> {
  const kept = keptBy.get(db) ?? new Map<string, Kept>();
  keptBy.set(db, kept);
  const blocks = db.selectFrom('block').where('collection', '=', collection).orderBy('block');
  const found = new Map<number, Block>();
  for (const { block: number, written } of await blocks.select(['block', 'written']).execute()) {
    const key = `${collection} ${number}`;
    let known = kept.get(key);
    if (known?.written !== written) {
      const row = await blocks.select(['filters', 'signs']).where('block', '=', number).executeTakeFirstOrThrow();
      known = { written, block: new Block(dimensions, row) };
    }
    // The last used come last, and the first go.
    kept.delete(key);
    kept.set(key, known);
    if (kept.size > MOST_KEPT) kept.delete(kept.keys().next().value!);
    found.set(number, known.block);
  }
  return found;
}
