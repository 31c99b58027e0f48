import { setImmediate as turn } from 'node:timers/promises';
import { sql, type Kysely, type Transaction } from 'kysely';
import { idsOf } from './ids.ts';
import { canonicalJson } from '../../common/canonical-json.ts';
import { sha256Of } from '../../common/hash.ts';
import { transaction } from '../../sql/transaction.ts';
import { listOf, takeTurns } from '../../sql/words.ts';
import type { EmbeddingRef, IndexedPassage, IndexRef } from '../../schema/retrieval.ts';
import { RetrievalError, type NewlyGone } from '../../contract/retrieval.ts';
import { groupsKey, numbersOf } from './documents/audiences.ts';
import { noteDocuments, toldGone, type Seen } from './documents/seen.ts';
import type { Engine, NewPassage } from './engine.ts';
import { dayNumber, partsOf } from './parts.ts';
import { relabel } from './documents/relabel.ts';
import { findCollection, hashOfNow, modelOf, type Collection } from './snapshot.ts';
import { FOR_EVER, NEVER, type IndexTables } from './tables.ts';
import { countWords, searchedText } from './text.ts';

/** Whoever writes to any index, in Postgres: numbers of passages are given out one after another. */
const TURN = 'whetstone index';

export interface Replaced {
  index: IndexRef;
  added: number;
  kept: number;
  removed: number;
  gone: NewlyGone;
}

export interface Replacement {
  name: string;
  embedding: EmbeddingRef;
  passages: readonly IndexedPassage[];
  /** Without, nothing is known of where the passages are from. */
  seen?: Seen | undefined;
  /** ISO 8601. */
  now?: string;
}

/**
 * Makes an index say these passages and no others, and what of others is seen no more, in one transaction. Vectors of their texts are
 * there already.
 */
export function replacePassages(
  { db, engine }: { db: Kysely<IndexTables>; engine: Engine },
  { name, embedding, passages, seen, now: madeAt = new Date().toISOString() }: Replacement,
): Promise<Replaced> {
  const contents = passages.map((passage) => {
    const content = canonicalJson(passage);
    return { passage, content, sha256: sha256Of(content) };
  });
  return transaction(db, async (trx) => {
    await takeTurns(trx, [TURN]);
    const collection =
      (await findCollection(trx, name, embedding)) ?? (await makeCollection(trx, engine, name, embedding));
    const noted = seen && (await noteDocuments(trx, collection, seen));
    const documentOf = ({ documentId }: IndexedPassage) => noted?.numbers.get(documentId) ?? null;
    const wanted = new Map(contents.map((one) => [keyOf(one.sha256, documentOf(one.passage)), one] as const));
    const now = await passagesNow(trx, collection);
    const last = await lastSnapshot(trx, collection);
    const generation = (last?.generation ?? 0) + 1;
    const gone = [...now].filter(([key]) => !wanted.has(key)).map(([, id]) => id);
    const fresh = [...wanted].filter(([key]) => !now.has(key));

    for (const ids of partsOf(gone)) {
      await sql`update passage set removed = ${generation} where id in ${idsOf(trx, ids)}`.execute(trx);
      await engine.end(trx, { id: collection.id, dimensions: embedding.dimensions }, ids, generation);
      await turn();
    }
    const audiences = await numbersOf(
      trx,
      fresh.map(([, { passage }]) => groupsKey(passage.groups)),
    );
    let id = await lastId(trx);
    for (const part of partsOf(fresh)) {
      const rows = part.map(([, { passage, content, sha256 }]): NewPassage => {
        const text = searchedText(passage);
        return {
          id: ++id,
          collection: collection.id,
          added: generation,
          removed: NEVER,
          audience: audiences.get(groupsKey(passage.groups))!,
          validUntil: passage.validUntil ? dayNumber(passage.validUntil) : FOR_EVER,
          words: countWords(text),
          document: documentOf(passage),
          sha256,
          documentId: passage.documentId,
          content,
          textSha256: sha256Of(text),
          text,
        };
      });
      await insert(trx, engine, collection, rows);
      // A transaction of a large index is long, and others have use for this thread.
      await turn();
    }
    if (noted) await relabel(trx, engine, collection, noted.changed);
    const sha256 = await hashOfNow(trx, collection);
    const { passages: count, words } = await sizeNow(trx, collection);
    // Of the same content, too, where what it says is of other documents now.
    if (last?.sha256 === sha256 && fresh.length + gone.length === 0) {
      await trx
        .updateTable('snapshot')
        .set({ madeAt })
        .where('collection', '=', collection.id)
        .where('generation', '=', last.generation)
        .execute();
    } else {
      await trx
        .insertInto('snapshot')
        .values({ collection: collection.id, generation, sha256, passages: count, words, madeAt })
        .execute();
    }
    return {
      index: { name, sha256, passages: count, embedding },
      added: fresh.length,
      kept: count - fresh.length,
      removed: gone.length,
      gone: await toldGone(trx, noted?.gone ?? []),
    };
  });
}

/** Two documents of one index may say the same under one id, where two configs share it. */
const keyOf = (sha256: string, document: number | null) => `${sha256} ${document ?? ''}`;

async function makeCollection(
  trx: Transaction<IndexTables>,
  engine: Engine,
  name: string,
  ref: EmbeddingRef,
): Promise<Collection> {
  const { rows } = await sql<{ last: number }>`select coalesce(max(id), 0) as last from collection`.execute(trx);
  const made = { id: rows[0]!.last + 1, name, embedding: JSON.stringify(ref) };
  await trx.insertInto('collection').values(made).execute();
  await engine.prepare(trx, made.id);
  return { ...made, ref };
}

async function passagesNow(trx: Transaction<IndexTables>, { id }: Collection): Promise<Map<string, number>> {
  const { rows } = await sql<{ id: number; document: number | null; sha256: string }>`
    select passage.id, passage.document, passage_text.sha256 from passage join passage_text on passage_text.id = passage.id
    where passage.collection = ${id} and passage.removed = ${NEVER}`.execute(trx);
  return new Map(rows.map((row) => [keyOf(row.sha256, row.document), row.id]));
}

const lastSnapshot = (trx: Transaction<IndexTables>, { id }: Collection) =>
  trx.selectFrom('snapshot').selectAll().where('collection', '=', id).orderBy('generation', 'desc').executeTakeFirst();

async function sizeNow(trx: Transaction<IndexTables>, { id }: Collection) {
  const { rows } = await sql<{ passages: number; words: number }>`
    select count(*) as passages, coalesce(sum(words), 0) as words from passage
    where collection = ${id} and removed = ${NEVER}`.execute(trx);
  return rows[0]!;
}

async function lastId(trx: Transaction<IndexTables>): Promise<number> {
  const { rows } = await sql<{ last: number }>`select coalesce(max(id), 0) as last from passage`.execute(trx);
  return rows[0]!.last;
}

async function insert(
  trx: Transaction<IndexTables>,
  engine: Engine,
  { id: collection, ref }: Collection,
  rows: readonly NewPassage[],
): Promise<void> {
  const hashes = [...new Set(rows.map(({ textSha256 }) => textSha256))];
  const vectors = await trx
    .selectFrom('embedding')
    .select(['id', 'textSha256'])
    .where('model', '=', modelOf(ref))
    .where('textSha256', 'in', listOf(trx, hashes) as never)
    .execute();
  const numbers = new Map(vectors.map(({ id, textSha256 }) => [textSha256, id]));
  const embedded = rows.map((row) => {
    const embedding = numbers.get(row.textSha256);
    if (embedding === undefined)
      throw new RetrievalError(`passage of ${row.documentId}: its vector is not there. Fix: index again`);
    return { ...row, embedding };
  });
  await trx
    .insertInto('passage')
    .values(
      embedded.map(({ id, added, removed, audience, validUntil, words, embedding, document }) => ({
        id,
        collection,
        added,
        removed,
        audience,
        validUntil,
        words,
        embedding,
        document,
      })),
    )
    .execute();
  await trx
    .insertInto('passageText')
    .values(rows.map(({ id, sha256, documentId, content }) => ({ id, collection, sha256, documentId, content })))
    .execute();
  await engine.add(trx, { id: collection, dimensions: ref.dimensions }, embedded);
}
