import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { sql, type Kysely } from 'kysely';
import { hostIdentity, isAlive, processStartTime, type ProcessIdentity } from '../../common/process-identity.ts';
import { nowMs } from '../../sql/words.ts';
import type { LedgerTables } from './tables.ts';

/** Who holds a journal, a batch or a reservation: an owner's id. Before there were ids it was a process of this machine. */
export type Owner = string | ProcessIdentity;

/**
 * The processes that have the ledger open, wherever they run. Each holds a lease in the ledger and renews it; of one on this machine the
 * process itself is looked for, so that its death is noticed at once, and its long sleep is no death.
 */
export interface Owners {
  /** This process's id, new each time that it opens the ledger. */
  self: string;
  isAlive(owner: Owner): Promise<boolean>;
  /** The same, once it is certain: of an owner on another machine only its next renewal tells, or the end of its lease. */
  isAliveForSure(owner: Owner): Promise<boolean>;
  close(): Promise<void>;
}

export interface LeaseTiming {
  leaseMs: number;
  renewMs: number;
}
/** A lease outlives two renewals that fail. */
export const LEASE: LeaseTiming = { leaseMs: 30_000, renewMs: 10_000 };
const LOOK_MS = 500;
/** Leases that ended this long ago are of no use to anybody. */
const KEPT_MS = 24 * 60 * 60_000;

/** Enters this process as an owner. @param onRenewed told after each renewal */
export async function enterOwner(
  db: Kysely<LedgerTables>,
  { timing = LEASE, onRenewed }: { timing?: LeaseTiming; onRenewed?: (owners: Owners) => Promise<void> } = {},
): Promise<Owners> {
  const self = randomUUID();
  const host = await hostIdentity();
  const process_ = { pid: process.pid, startTime: (await processStartTime(process.pid)) ?? '' };
  const now = nowMs(db);
  const renew = async () => {
    const expiresMs = sql<number>`${now} + ${timing.leaseMs}`;
    await db
      .insertInto('owner')
      .values({ id: self, host, ...process_, expiresMs })
      .onConflict((conflict) => conflict.column('id').doUpdateSet({ expiresMs }))
      .execute();
  };
  await renew();
  await db
    .deleteFrom('owner')
    .where('expiresMs', '<', sql<number>`${now} - ${KEPT_MS}`)
    .execute();

  /** `unsure`: on another machine, with a lease that holds. */
  const look = async (owner: Owner): Promise<{ state: 'alive' | 'dead' } | { state: 'unsure'; expiresMs: number }> => {
    if (typeof owner !== 'string') return { state: (await isAlive(owner)) ? 'alive' : 'dead' };
    if (owner === self) return { state: 'alive' };
    const row = await db
      .selectFrom('owner')
      .selectAll()
      .select(sql<number>`case when expires_ms < ${now} then 1 else 0 end`.as('expired'))
      .where('id', '=', owner)
      .executeTakeFirst();
    if (!row) return { state: 'dead' };
    if (row.host === host) return { state: (await isAlive(row)) ? 'alive' : 'dead' };
    return row.expired ? { state: 'dead' } : { state: 'unsure', expiresMs: row.expiresMs };
  };

  const owners: Owners = {
    self,
    isAlive: async (owner) => (await look(owner)).state !== 'dead',
    isAliveForSure: async (owner) => {
      const first = await look(owner);
      for (let last = first; ; last = await look(owner)) {
        if (last.state !== 'unsure') return last.state === 'alive';
        if (first.state === 'unsure' && last.expiresMs !== first.expiresMs) return true;
        await sleep(LOOK_MS);
      }
    },
    close: async () => {
      clearInterval(renewing);
      await renewed;
      await db.deleteFrom('owner').where('id', '=', self).execute();
    },
  };
  let renewed: Promise<unknown> | undefined;
  const renewing = setInterval(() => {
    // What fails now is tried again at the next renewal, well before the lease ends.
    renewed ??= renew()
      .then(() => onRenewed?.(owners))
      .catch(() => {})
      .finally(() => void (renewed = undefined));
  }, timing.renewMs);
  renewing.unref();
  return owners;
}
