import { sql, type Kysely } from 'kysely';
import type { IndexTables } from './tables.ts';

/** A snapshot of an index that has passages of a document. */
export interface Holding {
  index: string;
  /** Of the snapshot. */
  sha256: string;
  generation: number;
  /** Of the document. */
  passages: number;
  /** Of those, how many nobody is shown, since the document is gone. */
  withheld: number;
  /** Whether it is what the index says now. */
  isNewest: boolean;
}

/** Every snapshot of every index that has passages of a document: the oldest first. */
export async function holdingsOf(db: Kysely<IndexTables>, documentId: string): Promise<Holding[]> {
  const { rows } = await sql<Omit<Holding, 'isNewest'> & { newest: number | string }>`
    select collection.name as "index", snapshot.sha256 as sha256, snapshot.generation as generation,
      count(*) as passages, coalesce(sum(document.gone), 0) as withheld,
      (select max(generation) from snapshot later where later.collection = snapshot.collection) as newest
    from passage_text
    join passage on passage.id = passage_text.id
    left join document on document.id = passage.document
    join collection on collection.id = passage.collection
    join snapshot on snapshot.collection = passage.collection
      and passage.added <= snapshot.generation and passage.removed > snapshot.generation
    where passage_text.document_id = ${documentId}
    group by collection.name, snapshot.collection, snapshot.sha256, snapshot.generation
    order by collection.name, snapshot.generation`.execute(db);
  // Postgres gives counts as texts.
  return rows.map(({ newest, ...row }) => ({
    ...row,
    generation: Number(row.generation),
    passages: Number(row.passages),
    withheld: Number(row.withheld),
    isNewest: Number(newest) === Number(row.generation),
  }));
}
