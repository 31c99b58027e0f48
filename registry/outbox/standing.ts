import { sql, type Kysely, type UpdateObject } from 'kysely';
import { transaction } from '../../sql/transaction.ts';
import { nowMs } from '../../sql/words.ts';
import type { RegistryTables } from '../schema.ts';
import { newestEvent } from './append.ts';

/** How far each sink has been told. Who tells one holds its lease: what a lost lease would write is not written. */

type Db = Kysely<RegistryTables>;

/** Who tells a sink now. */
export interface Holder {
  sink: string;
  owner: string;
}

export type SinkStanding = Omit<RegistryTables['outboxSinks'], 'leaseOwner' | 'leaseMs'> & {
  /** Events after its position. */
  behind: number;
  /** The database's clock. */
  nowMs: number;
};

/** Enters a sink that is not known yet: it is told of what happens from now on, or of all that ever happened. */
export async function enterSink(db: Db, name: string, from: 'now' | 'start'): Promise<void> {
  await transaction(db, async (trx) => {
    const known = await trx.selectFrom('outboxSinks').select('name').where('name', '=', name).executeTakeFirst();
    if (known) return;
    const position = from === 'start' ? 0 : await newestEvent(trx);
    await trx
      .insertInto('outboxSinks')
      .values({ name, position, attempts: 0, nextMs: 0, leaseMs: 0, ...NO_FAILURE, deliveredMs: null, ...FREE })
      .onConflict((conflict) => conflict.doNothing())
      .execute();
  });
}

const NO_FAILURE = { failingSinceMs: null, lastError: null, disabledWhy: null };
const FREE = { leaseOwner: null };

/** Where sinks stand; all of them, or one. */
export async function sinkStandings(db: Db, name?: string): Promise<SinkStanding[]> {
  const newest = await newestEvent(db);
  const rows = await db
    .selectFrom('outboxSinks')
    .select(['name', 'position', 'attempts', 'failingSinceMs', 'nextMs', 'lastError', 'deliveredMs', 'disabledWhy'])
    .select(nowMs(db).as('nowMs'))
    .$if(name !== undefined, (query) => query.where('name', '=', name ?? ''))
    .orderBy('name')
    .execute();
  return rows.map((row) => ({ ...row, behind: newest - row.position }));
}

/** Takes the lease of a sink that nobody holds, or that its holder has let run out. */
export async function claimSink(db: Db, { sink, owner }: Holder, leaseMs: number): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable('outboxSinks')
    .set({ leaseOwner: owner, leaseMs: sql<number>`${nowMs(db)} + ${leaseMs}` })
    .where('name', '=', sink)
    .where((eb) => eb.or([eb('leaseOwner', 'is', null), eb('leaseMs', '<', nowMs(db)), eb('leaseOwner', '=', owner)]))
    .executeTakeFirst();
  return numUpdatedRows > 0n;
}

/** @returns false where somebody else holds it by now */
export const renewSink = (db: Db, holder: Holder, leaseMs: number): Promise<boolean> =>
  update(db, holder, { leaseMs: sql<number>`${nowMs(db)} + ${leaseMs}` });

export const releaseSink = (db: Db, holder: Holder): Promise<boolean> => update(db, holder, { leaseMs: 0, ...FREE });

/** All up to an event is told, or is nothing that the sink wants. */
export const sinkToldTo = (db: Db, holder: Holder, seq: number, delivered: boolean): Promise<boolean> =>
  update(db, holder, {
    position: seq,
    ...(delivered && { attempts: 0, failingSinceMs: null, lastError: null, nextMs: 0, deliveredMs: nowMs(db) }),
  });

/** The event after the position could not be told. */
export const sinkFailed = (db: Db, holder: Holder, failure: { error: string; retryMs: number }): Promise<boolean> =>
  update(db, holder, {
    attempts: sql<number>`attempts + 1`,
    failingSinceMs: sql<number>`coalesce(failing_since_ms, ${nowMs(db)})`,
    lastError: failure.error,
    nextMs: sql<number>`${nowMs(db)} + ${Math.ceil(failure.retryMs)}`,
  });

/** Sends nothing there until somebody says so. */
export const disableSink = (db: Db, holder: Holder, why: string): Promise<boolean> =>
  update(db, holder, { disabledWhy: why });

/** Sends there again, from where it stood, at once. @returns false where no such sink is known */
export async function enableSink(db: Db, name: string): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable('outboxSinks')
    .set({ disabledWhy: null, nextMs: 0, failingSinceMs: null })
    .where('name', '=', name)
    .executeTakeFirst();
  return numUpdatedRows > 0n;
}

/** Tells a sink all that ever happened once more. Who tells it now loses its lease. @returns false where no such sink is known */
export function rewindSink(db: Db, name: string): Promise<boolean> {
  return transaction(db, async (trx) => {
    const { numUpdatedRows } = await trx
      .updateTable('outboxSinks')
      .set({ position: 0, attempts: 0, nextMs: 0, failingSinceMs: null, lastError: null, leaseMs: 0, ...FREE })
      .where('name', '=', name)
      .executeTakeFirst();
    await trx.deleteFrom('outboxLetters').where('sink', '=', name).execute();
    return numUpdatedRows > 0n;
  });
}

type Values = UpdateObject<RegistryTables, 'outboxSinks'>;

async function update(db: Db, { sink, owner }: Holder, values: Values): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable('outboxSinks')
    .set(values)
    .where('name', '=', sink)
    .where('leaseOwner', '=', owner)
    .executeTakeFirst();
  return numUpdatedRows > 0n;
}
