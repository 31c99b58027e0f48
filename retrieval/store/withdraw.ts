import { sql, type Kysely } from 'kysely';
import { idsOf } from './ids.ts';
import { transaction } from '../../sql/transaction.ts';
import { takeTurns } from '../../sql/words.ts';
import type { Engine } from './engine.ts';
import { erasePassages, type Erased } from './erase-passages.ts';
import type { IndexTables } from './tables.ts';

export interface Withdrawn {
  /** In all generations of all indexes. */
  passages: number;
  /** Names of the indexes that had any. */
  indexes: string[];
}

/**
 * Takes a document out of all generations of all indexes, with its words and vectors, in one transaction: snapshots that are promoted
 * answer without it from then on. It comes back where it is still among the documents when they are indexed again.
 */
export function withdrawDocument(
  { db, engine }: { db: Kysely<IndexTables>; engine: Engine },
  documentId: string,
): Promise<Withdrawn> {
  return transaction(db, async (trx) => {
    await takeTurns(trx, ['whetstone index']);
    const { rows } = await sql<Erased>`
      select passage_text.id, passage_text.collection, passage.embedding, passage_text.content
      from passage_text join passage on passage.id = passage_text.id where document_id = ${documentId}`.execute(trx);
    const collections = [...new Set(rows.map(({ collection }) => collection))];
    const { rows: names } = await sql<{ name: string }>`
      select name from collection where id in ${idsOf(trx, collections)}`.execute(trx);
    await erasePassages(trx, engine, rows);
    return { passages: rows.length, indexes: names.map(({ name }) => name).sort() };
  });
}
