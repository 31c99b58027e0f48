import { sql, type Kysely, type Transaction } from 'kysely';
import { nowMs, takeTurns } from '../../sql/words.ts';
import type { Owners } from './owners.ts';
import type { LedgerTables } from './tables.ts';
import { NANO, sum } from '../../contract/budget-error.ts';
import type { Amount, Budget } from '../../contract/ports.ts';

export interface ReservationRequest {
  run: string;
  /** Of a call in batch mode, whose reservation outlives its worker: asked again, it takes the place of its own. */
  key?: string | undefined;
  budget: Budget;
  /** The most that the call can cost. */
  estimate: Amount;
  /** After this, the call is taken for lost. */
  lastsMs: number;
}

export type Reservation =
  | { status: 'reserved'; id: number }
  /** It will fit when enough of what is in flight has cost less than reserved, or has expired. */
  | { status: 'wait' }
  | { status: 'exhausted'; spent: Amount };

/** Of the processes that work for a run, one at a time settles which answers the run uses and what it may still spend. */
export const takeTurnsOf = (trx: Transaction<LedgerTables>, asked: readonly { run: string }[]): Promise<void> =>
  takeTurns(
    trx,
    asked.map(({ run }) => `ledger ${run}`),
  );

/**
 * Reserves for many calls in one transaction. A call gets its reservation only when all that is spent and reserved, and its own
 * estimate, fit the budget: so whatever the calls in flight turn out to cost, the cap holds.
 */
export async function reserveAll(
  trx: Transaction<LedgerTables>,
  owner: string,
  requests: readonly ReservationRequest[],
): Promise<Reservation[]> {
  await takeTurnsOf(trx, requests);
  const now = nowMs(trx);
  await trx.deleteFrom('reservation').where('expiresMs', '<', now).execute();
  const standing = new Map<string, { spent: Amount; reserved: Amount }>();
  const results: Reservation[] = [];
  for (const { run, key = '', budget, estimate, lastsMs } of requests) {
    const before = key
      ? await trx
          .deleteFrom('reservation')
          .where('run', '=', run)
          .where('key', '=', key)
          .returning(['costNanoUsd', 'tokens'])
          .executeTakeFirst()
      : undefined;
    const { spent, reserved } = standing.get(run) ?? (await standingOf(trx, run));
    if (before && standing.has(run)) {
      reserved.costNanoUsd -= before.costNanoUsd;
      reserved.tokens -= before.tokens;
    }
    standing.set(run, { spent, reserved });
    const sure = fits(budget, [spent, estimate]);
    if (!sure) results.push({ status: 'exhausted', spent });
    else if (!fits(budget, [spent, reserved, estimate])) results.push({ status: 'wait' });
    else {
      const { id } = await trx
        .insertInto('reservation')
        .values({
          run,
          key,
          costNanoUsd: estimate.costNanoUsd,
          tokens: estimate.tokens,
          owner,
          expiresMs: sql<number>`${now} + ${lastsMs}`,
        })
        .returning('id')
        .executeTakeFirstOrThrow();
      reserved.costNanoUsd += estimate.costNanoUsd;
      reserved.tokens += estimate.tokens;
      results.push({ status: 'reserved', id });
    }
  }
  return results;
}

/** Gives back what dead workers reserved for calls that end with them. A batch outlives its worker, and so does what it may cost. */
export async function releaseDead(db: Kysely<LedgerTables>, owners: Pick<Owners, 'isAlive'>): Promise<void> {
  const holders = await db
    .selectFrom('reservation')
    .select('owner')
    .distinct()
    .where('key', '=', '')
    .where('owner', '!=', '')
    .execute();
  for (const { owner } of holders)
    if (!(await owners.isAlive(owner)))
      await db.deleteFrom('reservation').where('owner', '=', owner).where('key', '=', '').execute();
}

/**
 * Adds what calls have cost to what their runs have spent, and gives their reservations back. The caller has taken the runs' turns.
 * @param paid how many distinct calls each run has paid with that, by run
 */
export async function settleAll(
  trx: Transaction<LedgerTables>,
  calls: readonly ({ run: string; reservation?: number | undefined } & Amount)[],
  paid: ReadonlyMap<string, number>,
): Promise<void> {
  const ids = calls.flatMap(({ reservation }) => reservation ?? []);
  if (ids.length > 0) await trx.deleteFrom('reservation').where('id', 'in', ids).execute();
  for (const [run, ofRun] of Map.groupBy(calls, (call) => call.run)) {
    const cost = ofRun.reduce((sum, call) => sum + call.costNanoUsd, 0);
    const tokens = ofRun.reduce((sum, call) => sum + call.tokens, 0);
    const distinct = paid.get(run) ?? 0;
    await trx
      .insertInto('spend')
      .values({ run, costNanoUsd: cost, tokens, calls: distinct })
      .onConflict((conflict) =>
        conflict.column('run').doUpdateSet((eb) => ({
          costNanoUsd: eb('spend.costNanoUsd', '+', cost),
          tokens: eb('spend.tokens', '+', tokens),
          calls: eb('spend.calls', '+', distinct),
        })),
      )
      .execute();
  }
}

async function standingOf(trx: Transaction<LedgerTables>, run: string): Promise<{ spent: Amount; reserved: Amount }> {
  const spent = await trx.selectFrom('spend').selectAll().where('run', '=', run).executeTakeFirst();
  const reserved = await trx
    .selectFrom('reservation')
    .select((eb) => [
      eb.fn.sum<number | null>('costNanoUsd').as('cost'),
      eb.fn.sum<number | null>('tokens').as('tokens'),
    ])
    .where('run', '=', run)
    .executeTakeFirstOrThrow();
  return {
    spent: { costNanoUsd: spent?.costNanoUsd ?? 0, tokens: spent?.tokens ?? 0 },
    reserved: { costNanoUsd: reserved.cost ?? 0, tokens: reserved.tokens ?? 0 },
  };
}

function fits(budget: Budget, amounts: readonly Amount[]): boolean {
  const { costNanoUsd, tokens } = sum(amounts);
  return costNanoUsd <= (budget.usd ?? Infinity) * NANO && tokens <= (budget.tokens ?? Infinity);
}
