import type { Kysely } from 'kysely';
import { EventDataSchema, type EventType, type RegistryEvent } from '../../schema/event.ts';
import { transaction } from '../../sql/transaction.ts';
import { takeTurns } from '../../sql/words.ts';
import type { RegistryTables, SealedTable } from '../schema.ts';
import {
  ofBlock,
  ofBudget,
  ofDecision,
  ofEnd,
  ofEvaluation,
  ofMove,
  ofPromotion,
  ofReminder,
  ofVersion,
  type NewEvent,
  type PromotionOf,
  type ReachedBudget,
} from './events.ts';

/**
 * Writes down what others are told of, in the transaction that does it: what was not committed is never told, and what was is
 * told, whoever is killed.
 */

type Db = Kysely<RegistryTables>;

type Row = { [Table in SealedTable]: { table: Table; row: RegistryTables[Table] } }[SealedTable];

/** Tells of a row of history that was written in this transaction. @param subject what names the row within its model */
export async function tellRow(trx: Db, { subject, ...of }: Row & { subject: string }): Promise<void> {
  const told = await eventOf(trx, subject, of);
  if (told) await append(trx, told);
}

async function eventOf(trx: Db, subject: string, of: Row): Promise<NewEvent | undefined> {
  switch (of.table) {
    case 'versions':
      return ofVersion(of.row, subject);
    case 'versionBlocks':
      return ofBlock(of.row, subject);
    case 'decisions': {
      const promotion = await promotionOf(trx, of.row.promotionId);
      return promotion && ofDecision(of.row, subject, promotion);
    }
    case 'aliasMoves':
      return ofMove(of.row, subject, await promotionOf(trx, of.row.requestId));
    case 'evaluations':
      return ofEvaluation(of.row, subject);
    default:
      // Of pins and grades nobody is told; of a promotion only where it waits for people (tellWanted).
      return undefined;
  }
}

/** Tells that a promotion waits for people, where it still does. */
export async function tellWanted(trx: Db, promotionId: string): Promise<void> {
  const row = await trx.selectFrom('promotions').selectAll().where('id', '=', promotionId).executeTakeFirst();
  if (row?.state === 'waiting') await append(trx, ofPromotion(row));
}

/** Tells that a promotion still waits, where it does: once for each reminder. */
export const tellReminder = (
  db: Db,
  { promotionId, reminder, at }: { promotionId: string; reminder: number; at: string },
): Promise<void> =>
  transaction(db, async (trx) => {
    const row = await trx.selectFrom('promotions').selectAll().where('id', '=', promotionId).executeTakeFirst();
    if (row?.state === 'waiting') await append(trx, ofReminder(row, { reminder, at }));
  });

/** Tells what a promotion came to, once it is settled in this transaction. */
export async function tellEnd(trx: Db, promotionId: string): Promise<void> {
  const promotion = await promotionOf(trx, promotionId);
  const last = await trx
    .selectFrom('decisions')
    .select(['by', 'why', 'at'])
    .where('promotionId', '=', promotionId)
    .orderBy('seq', 'desc')
    .limit(1)
    .executeTakeFirst();
  const told = promotion && last && ofEnd(promotion, last);
  if (told) await append(trx, told);
}

/** Tells that a run waits at its cap. The same once more is no second event. */
export const tellBudget = (db: Db, reached: ReachedBudget): Promise<void> =>
  transaction(db, (trx) => append(trx, ofBudget(reached)));

/**
 * One writer at a time, until its transaction ends: a number is larger than all that can be read, so who has read up to one has
 * missed none below it.
 */
async function append(trx: Db, { data, ...plain }: NewEvent): Promise<void> {
  await takeTurns(trx as Parameters<typeof takeTurns<RegistryTables>>[0], ['registry outbox']);
  const told = await trx.selectFrom('outbox').select('seq').where('id', '=', plain.id).executeTakeFirst();
  if (told) return;
  const seq = (await newestEvent(trx)) + 1;
  await trx
    .insertInto('outbox')
    .values({ ...plain, seq, data: JSON.stringify(data) })
    .execute();
}

/** The number of the newest event; 0 where there is none. */
export async function newestEvent(db: Db): Promise<number> {
  const last = await db
    .selectFrom('outbox')
    .select((eb) => eb.fn.max('seq').as('seq'))
    .executeTakeFirst();
  return Number(last?.seq ?? 0);
}

/** Events after a number, in order. */
export async function eventsAfter(db: Db, seq: number, most: number): Promise<RegistryEvent[]> {
  const rows = await db.selectFrom('outbox').selectAll().where('seq', '>', seq).orderBy('seq').limit(most).execute();
  return rows.map(toEvent);
}

export async function findEvent(db: Db, id: string): Promise<RegistryEvent | undefined> {
  const row = await db.selectFrom('outbox').selectAll().where('id', '=', id).executeTakeFirst();
  return row && toEvent(row);
}

export function toEvent({ data, type, ...row }: RegistryTables['outbox']): RegistryEvent {
  return { ...row, type: type as EventType, data: EventDataSchema.parse(JSON.parse(data)) };
}

function promotionOf(
  trx: Db,
  id: string,
): Promise<(PromotionOf & Pick<RegistryTables['promotions'], 'state'>) | undefined> {
  return trx
    .selectFrom('promotions')
    .select(['id', 'model', 'alias', 'version', 'evidenceSha256', 'state'])
    .where('id', '=', id)
    .executeTakeFirst();
}
