import { sql, type Kysely } from 'kysely';
import { idsOf } from './ids.ts';
import { transaction } from '../../sql/transaction.ts';
import { takeTurns } from '../../sql/words.ts';
import type { EmbeddingRef, IndexedPassage } from '../../schema/retrieval.ts';
import type { Engine } from './engine.ts';
import type { IndexTables } from './tables.ts';
import { searchedText } from './text.ts';

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
    const { rows } = await sql<{ id: number; collection: number; embedding: number; content: string }>`
      select passage_text.id, passage_text.collection, passage.embedding, passage_text.content
      from passage_text join passage on passage.id = passage_text.id where document_id = ${documentId}`.execute(trx);
    const names: string[] = [];
    for (const [id, found] of Map.groupBy(rows, ({ collection }) => collection)) {
      const { name, embedding } = await trx
        .selectFrom('collection')
        .selectAll()
        .where('id', '=', id)
        .executeTakeFirstOrThrow();
      names.push(name);
      const { dimensions } = JSON.parse(embedding) as EmbeddingRef;
      const texts = found.map((row) => ({
        id: row.id,
        text: searchedText(JSON.parse(row.content) as IndexedPassage),
      }));
      await engine.erase(trx, { id, dimensions }, texts);
    }
    const ids = rows.map(({ id }) => id);
    await sql`delete from passage_text where id in ${idsOf(trx, ids)}`.execute(trx);
    await sql`delete from passage where id in ${idsOf(trx, ids)}`.execute(trx);
    await sql`
      delete from document where name = ${documentId}
      and not exists (select 1 from passage where passage.document = document.id)`.execute(trx);
    // Of a text that another document says, too, the vector stays.
    const vectors = [...new Set(rows.map(({ embedding }) => embedding))];
    await sql`
      delete from embedding where id in ${idsOf(trx, vectors)}
      and not exists (select 1 from passage where passage.embedding = embedding.id)`.execute(trx);
    return { passages: rows.length, indexes: names.sort() };
  });
}
