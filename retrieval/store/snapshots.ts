import { sql, type Kysely } from 'kysely';
import { idsOf } from './ids.ts';
import { transaction } from '../../sql/transaction.ts';
import { takeTurns } from '../../sql/words.ts';
import type { Engine } from './engine.ts';
import { erasePassages, type Erased } from './erase-passages.ts';
import { partsOf } from './parts.ts';
import { NEVER, type IndexTables } from './tables.ts';

/** The snapshots that there are, and those that nobody needs taken out. */

export interface StoredSnapshot {
  /** Of the index. */
  index: string;
  generation: number;
  sha256: string;
  passages: number;
  /** When a run last made it. ISO 8601. */
  madeAt: string;
  /** What the index says now: it is never removed. */
  isNewest: boolean;
}

/** All of all indexes, the oldest first. */
export async function listSnapshots(db: Kysely<IndexTables>): Promise<StoredSnapshot[]> {
  const rows = await db
    .selectFrom('snapshot')
    .innerJoin('collection', 'collection.id', 'snapshot.collection')
    .select(['collection.name as index', 'generation', 'sha256', 'passages', 'madeAt'])
    .orderBy('collection.name')
    .orderBy('generation')
    .execute();
  return rows.map((row, i) => ({ ...row, isNewest: rows[i + 1]?.index !== row.index }));
}

const ROWS_IN_MEMORY = 5_000;

export interface Removed {
  snapshots: number;
  /** That were in no snapshot any more. */
  passages: number;
}

/** Takes snapshots out, and the passages that no other one has, in one transaction; those that an index says now stay. */
export function removeSnapshots(
  { db, engine }: { db: Kysely<IndexTables>; engine: Engine },
  unneeded: readonly Pick<StoredSnapshot, 'index' | 'generation'>[],
): Promise<Removed> {
  return transaction(db, async (trx) => {
    await takeTurns(trx, ['whetstone index']);
    const removed: Removed = { snapshots: 0, passages: 0 };
    for (const [name, some] of Map.groupBy(unneeded, ({ index }) => index)) {
      const found = await trx.selectFrom('collection').select('id').where('name', '=', name).executeTakeFirst();
      if (!found) continue;
      const { id: collection } = found;
      for (const part of partsOf(some.map(({ generation }) => generation))) {
        const { rows } = await sql`
          delete from snapshot where collection = ${collection} and generation in ${idsOf(trx, part)}
          and generation < (select max(generation) from snapshot newest where newest.collection = ${collection})
          returning generation`.execute(trx);
        removed.snapshots += rows.length;
      }
      for (;;) {
        const { rows } = await sql<Erased>`
        select passage.id, passage.collection, passage.embedding, passage_text.content
        from passage join passage_text on passage_text.id = passage.id
        where passage.collection = ${collection} and passage.removed < ${NEVER} and not exists (
          select 1 from snapshot where snapshot.collection = passage.collection
          and snapshot.generation >= passage.added and snapshot.generation < passage.removed)
        limit ${ROWS_IN_MEMORY}`.execute(trx);
        if (rows.length === 0) break;
        await erasePassages(trx, engine, rows);
        removed.passages += rows.length;
      }
    }
    return removed;
  });
}
