import { sql, type Kysely, type Transaction } from 'kysely';
import { idsOf } from '../ids.ts';
import type { KnownDocument, NewlyGone } from '../../../contract/retrieval.ts';
import type { PresentDocument } from '../../../schema/presence.ts';
import { groupsKey, numbersOf } from './audiences.ts';
import { dayNumber, partsOf } from '../parts.ts';
import type { Collection } from '../snapshot.ts';
import { FOR_EVER, type DocumentTable, type IndexTables } from '../tables.ts';

/** The documents of an index, as they were when they were last seen, or that they are gone. */

/** What a reading found, and which of those that it did not find are gone, by their numbers. */
export interface Seen {
  present: readonly PresentDocument[];
  gone: readonly number[];
}

export async function knownDocuments(db: Kysely<IndexTables>, name: string): Promise<KnownDocument[]> {
  const rows = await db
    .selectFrom('document')
    .innerJoin('collection', 'collection.id', 'document.collection')
    .select(['document.id', 'document.name', 'location', 'record', 'source', 'sha256'])
    .where('collection.name', '=', name)
    .orderBy('document.id')
    .execute();
  return rows.map(({ record, ...row }) => ({ ...row, ...(record !== '' && { record }) }));
}

const placeOf = ({ location, record = '' }: { location: string; record?: string | undefined }) =>
  `${location}\0${record}`;
/** Where a file was moved, its documents are what they were. */
const contentOf = ({ sha256, record = '' }: { sha256: string; record?: string | undefined }) => `${sha256}\0${record}`;

/**
 * Notes what was found, and what is gone.
 * @returns the number of each document that is there, by its id, and of those whose passages may be seen by others than before
 */
export async function noteDocuments(
  trx: Transaction<IndexTables>,
  { id: collection }: Collection,
  { present, gone }: Seen,
): Promise<{ numbers: Map<string, number>; changed: Set<number>; gone: number[] }> {
  const before = await trx.selectFrom('document').selectAll().where('collection', '=', collection).execute();
  const byPlace = new Map(before.map((row) => [placeOf(row), row]));
  const byContent = new Map<string, number>();
  const audiences = await numbersOf(
    trx,
    present.map(({ groups }) => groupsKey(groups)),
  );
  let last = await lastNumber(trx);
  const numbers = new Map<string, number>();
  const changed = new Set<number>();
  const fresh: DocumentTable[] = [];
  for (const one of present) {
    const kept = byPlace.get(placeOf(one));
    const now: DocumentTable = {
      id: kept?.id ?? ++last,
      collection,
      name: one.id,
      location: one.location,
      record: one.record ?? '',
      source: one.source,
      sha256: one.sha256,
      audience: audiences.get(groupsKey(one.groups))!,
      validUntil: one.validUntil ? dayNumber(one.validUntil) : FOR_EVER,
      gone: 0,
    };
    numbers.set(one.id, now.id);
    if (!byContent.has(contentOf(one))) byContent.set(contentOf(one), now.id);
    if (!kept) fresh.push(now);
    else if (Object.entries(now).some(([field, value]) => kept[field as keyof DocumentTable] !== value))
      await trx.updateTable('document').set(now).where('id', '=', now.id).execute();
    const isAsBefore = kept?.audience === now.audience && kept.validUntil === now.validUntil && kept.gone === 0;
    if (!isAsBefore) changed.add(now.id);
  }
  for (const rows of partsOf(fresh, 50)) await trx.insertInto('document').values(rows).execute();
  await adopt(trx, collection, fresh);

  const isPresent = new Set(numbers.values());
  const isGone = new Set(gone);
  const newlyGone: number[] = [];
  for (const row of before.filter(({ id }) => isGone.has(id) && !isPresent.has(id))) {
    const movedTo = byContent.get(contentOf(row));
    if (movedTo !== undefined) {
      await sql`update passage set document = ${movedTo} where document = ${row.id}`.execute(trx);
      await trx.deleteFrom('document').where('id', '=', row.id).execute();
      changed.add(movedTo);
    } else if (row.gone === 0) {
      await trx.updateTable('document').set({ gone: 1 }).where('id', '=', row.id).execute();
      newlyGone.push(row.id);
      changed.add(row.id);
    }
  }
  return { numbers, changed, gone: newlyGone };
}

/** Passages of before anybody knew where they were from are those of the document of their id. */
async function adopt(trx: Transaction<IndexTables>, collection: number, fresh: readonly DocumentTable[]) {
  const { rows } = await sql`
    select id from passage where collection = ${collection} and document is null limit 1`.execute(trx);
  if (rows.length === 0) return;
  for (const { id, name } of fresh)
    await sql`
      update passage set document = ${id} where collection = ${collection} and document is null
      and id in (select id from passage_text where document_id = ${name})`.execute(trx);
}

/** What no snapshot says any more. */
export async function toldGone(trx: Transaction<IndexTables>, gone: readonly number[]): Promise<NewlyGone> {
  const { rows } = await sql<{ name: string; passages: number | string }>`
    select document.name, count(*) as passages from document join passage on passage.document = document.id
    where document.id in ${idsOf(trx, gone)} group by document.name order by document.name`.execute(trx);
  return {
    documents: rows.map(({ name }) => name),
    passages: rows.reduce((sum, { passages }) => sum + Number(passages), 0),
  };
}

async function lastNumber(trx: Transaction<IndexTables>): Promise<number> {
  const { rows } = await sql<{ last: number }>`select coalesce(max(id), 0) as last from document`.execute(trx);
  return rows[0]!.last;
}
