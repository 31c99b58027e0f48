import { setTimeout as sleep } from 'node:timers/promises';
import type { Kysely, Transaction } from 'kysely';

/** Postgres: another transaction changed what this one read, or each of two waited for the other. */
const CONTENTION = new Set(['40001', '40P01']);
const MOST_TRIES = 10;
const PAUSE_MS = 20;

/**
 * Runs work as one transaction: all of it is kept, or nothing. Where the database ends it for the sake of another one, it is tried
 * again: so `work` must do nothing but ask and write there.
 */
export async function transaction<T, Result>(
  db: Kysely<T>,
  work: (trx: Transaction<T>) => Promise<Result>,
): Promise<Result> {
  for (let tries = 1; ; tries++) {
    try {
      return await db.transaction().execute(work);
    } catch (error) {
      if (tries >= MOST_TRIES || !CONTENTION.has((error as { code?: string }).code ?? '')) throw error;
      // Not in step with the other one.
      await sleep(PAUSE_MS * tries * (0.5 + Math.random()));
    }
  }
}
