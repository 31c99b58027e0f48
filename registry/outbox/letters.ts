import type { Kysely } from 'kysely';
import type { RegistryEvent } from '../../schema/event.ts';
import { transaction } from '../../sql/transaction.ts';
import { nowMs } from '../../sql/words.ts';
import type { RegistryTables } from '../schema.ts';
import { findEvent, toEvent } from './append.ts';
import { sinkToldTo, type Holder } from './standing.ts';

/** Dead letters: what a sink could not be told in time is set aside with its reason, kept, and sent again when somebody asks. */

type Db = Kysely<RegistryTables>;

export interface Letter {
  sink: string;
  event: RegistryEvent;
  /** `again`: somebody asked for it once more, and it waits for a worker. */
  state: 'dead' | 'again' | 'delivered';
  attempts: number;
  /** What the last attempt came to; empty where it was delivered. */
  error: string;
  /** Since when it is in this state, by the database's clock. */
  sinceMs: number;
}

/** Sets aside the event after a sink's position, which goes on with the next one. @returns false where the lease is lost */
export function bury(
  db: Db,
  holder: Holder,
  letter: { event: RegistryEvent; attempts: number; error: string },
): Promise<boolean> {
  const { event, attempts, error } = letter;
  return transaction(db, async (trx) => {
    if (!(await sinkToldTo(trx, holder, event.seq, false))) return false;
    await trx.updateTable('outboxSinks').set({ attempts: 0, nextMs: 0 }).where('name', '=', holder.sink).execute();
    await put(trx, { sink: holder.sink, seq: event.seq, state: 'dead', attempts, error });
    return true;
  });
}

/** What the attempt at a letter that was asked for again came to. */
export const settleLetter = (db: Db, letter: Letter, state: 'dead' | 'delivered', error: string): Promise<void> =>
  put(db, { sink: letter.sink, seq: letter.event.seq, state, attempts: letter.attempts + 1, error });

/** Has an event sent again: a dead letter, or one that was delivered. @returns undefined where there is no such event */
export async function askAgain(db: Db, sink: string, id: string): Promise<RegistryEvent | undefined> {
  const event = await findEvent(db, id);
  if (!event) return undefined;
  await put(db, { sink, seq: event.seq, state: 'again', attempts: 0, error: '' });
  return event;
}

async function put(db: Db, letter: Omit<RegistryTables['outboxLetters'], 'sinceMs'>): Promise<void> {
  const { sink, seq, ...rest } = letter;
  const values = { ...rest, sinceMs: nowMs(db) };
  await db
    .insertInto('outboxLetters')
    .values({ sink, seq, ...values })
    .onConflict((conflict) => conflict.columns(['sink', 'seq']).doUpdateSet(values))
    .execute();
}

/** Letters of a sink, or of all, in the order of their events. */
export async function listLetters(
  db: Db,
  of: { sink?: string | undefined; state?: Letter['state'] },
): Promise<Letter[]> {
  const { sink, state } = of;
  const rows = await db
    .selectFrom('outboxLetters')
    .innerJoin('outbox', 'outbox.seq', 'outboxLetters.seq')
    .selectAll('outbox')
    .select(['sink', 'state', 'attempts', 'error', 'sinceMs'])
    .$if(sink !== undefined, (query) => query.where('sink', '=', sink ?? ''))
    .$if(state !== undefined, (query) => query.where('state', '=', state ?? 'dead'))
    .orderBy('sink')
    .orderBy('outbox.seq')
    .execute();
  return rows.map(({ sink: name, state: now, attempts, error, sinceMs, ...event }) => ({
    sink: name,
    event: toEvent(event),
    state: now,
    attempts,
    error,
    sinceMs,
  }));
}

/** Whether somebody asked for anything again that has not been tried yet. */
export async function hasAgain(db: Db, sink: string): Promise<boolean> {
  const found = await db
    .selectFrom('outboxLetters')
    .select('seq')
    .where('sink', '=', sink)
    .where('state', '=', 'again')
    .limit(1)
    .executeTakeFirst();
  return found !== undefined;
}
