import { setImmediate as turn } from 'node:timers/promises';
import { sql, type Transaction } from 'kysely';
import { idsOf } from './ids.ts';
import type { EmbeddingRef, IndexedPassage } from '../../schema/retrieval.ts';
import type { Engine } from './engine.ts';
import { partsOf } from './parts.ts';
import type { IndexTables } from './tables.ts';
import { searchedText } from './text.ts';

/** A passage that is taken out for good. */
export interface Erased {
  id: number;
  collection: number;
  embedding: number;
  /** IndexedPassage, as JSON. */
  content: string;
}

/** Takes passages out for good, with their words, their vectors where nothing else has these, and documents that have none left. */
export async function erasePassages(
  trx: Transaction<IndexTables>,
  engine: Engine,
  passages: readonly Erased[],
): Promise<void> {
  for (const [id, found] of Map.groupBy(passages, ({ collection }) => collection)) {
    const { embedding } = await trx
      .selectFrom('collection')
      .select('embedding')
      .where('id', '=', id)
      .executeTakeFirstOrThrow();
    const { dimensions } = JSON.parse(embedding) as EmbeddingRef;
    for (const part of partsOf(found)) {
      const texts = part.map((row) => ({
        id: row.id,
        text: searchedText(JSON.parse(row.content) as IndexedPassage),
      }));
      await engine.erase(trx, { id, dimensions }, texts);
      const ids = idsOf(
        trx,
        part.map((row) => row.id),
      );
      await sql`delete from passage_text where id in ${ids}`.execute(trx);
      await sql`delete from passage where id in ${ids}`.execute(trx);
      // Of a text that another document says, too, the vector stays.
      const vectors = [...new Set(part.map((row) => row.embedding))];
      await sql`
        delete from embedding where id in ${idsOf(trx, vectors)}
        and not exists (select 1 from passage where passage.embedding = embedding.id)`.execute(trx);
      // Many take long, and others have use for this thread.
      await turn();
    }
    await sql`
      delete from document where collection = ${id}
      and not exists (select 1 from passage where passage.document = document.id)`.execute(trx);
  }
}
