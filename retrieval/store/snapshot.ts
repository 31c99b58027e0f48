import { createHash } from 'node:crypto';
import { sql, type Kysely } from 'kysely';
import { canonicalJson } from '../../common/canonical-json.ts';
import { RetrievalError } from '../../contract/retrieval.ts';
import type { EmbeddingRef, IndexRef } from '../../schema/retrieval.ts';
import { NEVER, type CollectionTable, type IndexTables, type SnapshotTable } from './tables.ts';

/** What the vectors depend on; where it is asked may change. */
export const modelOf = ({ provider, model, sha256, dimensions }: EmbeddingRef): string =>
  canonicalJson({ provider, model, dimensions, ...(sha256 !== undefined && { sha256 }) });

const nameOf = ({ provider, model, dimensions }: EmbeddingRef) => `${provider} ${model} (${dimensions} numbers)`;

export interface Collection extends CollectionTable {
  ref: EmbeddingRef;
}

/** The index of a name; undefined where there is none. @throws RetrievalError where another model made its vectors */
export async function findCollection(
  db: Kysely<IndexTables>,
  name: string,
  embedding: EmbeddingRef,
): Promise<Collection | undefined> {
  const found = await db.selectFrom('collection').selectAll().where('name', '=', name).executeTakeFirst();
  if (!found) return undefined;
  const ref = JSON.parse(found.embedding) as EmbeddingRef;
  if (modelOf(ref) !== modelOf(embedding)) {
    const made = `index '${name}': its vectors were made by ${nameOf(ref)}, found ${nameOf(embedding)}`;
    throw new RetrievalError(
      `${made}; vectors of two models can't be compared. Fix: set retrieval.embedding back, or give the index another name under retrieval.index`,
    );
  }
  return { ...found, ref };
}

/** @throws RetrievalError where the snapshot is not there, or was made by another embedding model */
export async function findSnapshot(
  db: Kysely<IndexTables>,
  { name, sha256, embedding }: IndexRef,
): Promise<SnapshotTable> {
  const collection = await findCollection(db, name, embedding);
  const found =
    collection &&
    (await db
      .selectFrom('snapshot')
      .selectAll()
      .where('collection', '=', collection.id)
      .where('sha256', '=', sha256)
      .orderBy('generation', 'desc')
      .executeTakeFirst());
  if (found) return found;
  const problem = `index '${name}': snapshot ${sha256.slice(0, 12)} is not here`;
  throw new RetrievalError(
    `${problem}. Fix: run its config again, which makes it of the documents, or point WHETSTONE_STATE or DATABASE_URL at where it was made`,
  );
}

/** Over the passages that count now, in no order of theirs, and the model. */
export async function hashOfNow(db: Kysely<IndexTables>, { id, ref }: Collection): Promise<string> {
  const hash = createHash('sha256').update(modelOf(ref));
  const { rows } = await sql<{ sha256: string }>`
    select passage_text.sha256 from passage_text join passage on passage.id = passage_text.id
    where passage.collection = ${id} and passage.removed = ${NEVER} order by passage_text.sha256`.execute(db);
  for (const { sha256 } of rows) hash.update(`\n${sha256}`);
  return hash.digest('hex');
}
