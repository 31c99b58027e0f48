import { sql, type Kysely, type RawBuilder, type Transaction } from 'kysely';
import { listOf, nowMs, rowsAStatement, rowsOf, takeTurns, type InsertedColumn } from '../../sql/words.ts';
import type { Owners } from './owners.ts';
import type { LedgerTables, ReservationTable } from './tables.ts';
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
  /** It will fit when enough of what is in flight has cost less than reserved. */
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
  const runs = new Map<string, Standing>();
  for (const [run, ofRun] of Map.groupBy(requests, (request) => request.run)) {
    const standing = await standingOf(trx, run);
    runs.set(run, { ...standing, own: await takeOwn(trx, run, ofRun) });
  }
  const granted: (Granted & { at: number })[] = [];
  const results = requests.map(({ run, key = '', budget, estimate, lastsMs }, at): Reservation => {
    const standing = runs.get(run)!;
    // Until its own turn it counts for the others: its batch costs all the same.
    for (const { of, ...amount } of standing.own.get(key) ?? []) standing[of] = less(standing[of], amount);
    standing.own.delete(key);
    const { spent, reserved, atMs } = standing;
    if (!fits(budget, [spent, estimate])) return { status: 'exhausted', spent };
    if (!fits(budget, [spent, reserved, estimate])) return { status: 'wait' };
    standing.reserved = sum([reserved, estimate]);
    granted.push({ run, key, ...estimate, expiresMs: atMs + lastsMs, owner, at });
    return { status: 'reserved', id: 0 };
  });
  const ids = await insertReservations(trx, granted);
  granted.forEach(({ at }, i) => (results[at] = { status: 'reserved', id: ids[i]! }));
  return results;
}

type Granted = Omit<ReservationTable, 'id'>;

const COLUMNS: readonly InsertedColumn<Granted>[] = [
  { type: 'text', value: ({ run }) => run },
  { type: 'text', value: ({ key }) => key },
  { type: 'bigint', value: ({ costNanoUsd }) => costNanoUsd },
  { type: 'bigint', value: ({ tokens }) => tokens },
  { type: 'bigint', value: ({ expiresMs }) => expiresMs },
  { type: 'text', value: ({ owner }) => owner },
];

/** @returns their ids, in the same order */
async function insertReservations(trx: Transaction<LedgerTables>, granted: readonly Granted[]): Promise<number[]> {
  const ids: number[] = [];
  for (let from = 0; from < granted.length; from += rowsAStatement(trx)) {
    const values = rowsOf(trx, granted.slice(from, from + rowsAStatement(trx)), COLUMNS);
    const { rows } = await sql<{ id: number }>`
      insert into reservation (run, key, cost_nano_usd, tokens, expires_ms, owner) ${values} returning id`.execute(
      trx.withoutPlugins(),
    );
    // They are numbered in the order of the rows, and given in any.
    ids.push(...rows.map(({ id }) => id).sort((one, other) => one - other));
  }
  return ids;
}

/**
 * Ends the time of what dead workers reserved. Their calls were in flight and may be paid for, so they count as spent, unless their
 * answers come to light in a journal. A batch outlives its worker, and so does its time.
 */
export async function expireDead(db: Kysely<LedgerTables>, owners: Pick<Owners, 'isAlive'>): Promise<void> {
  const now = nowMs(db);
  const holders = await db
    .selectFrom('reservation')
    .select('owner')
    .distinct()
    .where('key', '=', '')
    .where('owner', '!=', '')
    .where('expiresMs', '>=', now)
    .execute();
  for (const { owner } of holders)
    if (!(await owners.isAlive(owner)))
      await db
        .updateTable('reservation')
        .set({ expiresMs: 0 })
        .where('owner', '=', owner)
        .where('key', '=', '')
        .execute();
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
  if (ids.length > 0) await sql`delete from reservation where id in ${listOf(trx, ids)}`.execute(trx);
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

/** What counts against a run's cap, by the database's clock. */
interface Standing {
  atMs: number;
  /** With what calls may have cost that nobody settled in time. */
  spent: Amount;
  /** What calls in flight may cost. */
  reserved: Amount;
  /** Of that, what is reserved for the calls that are asked for, by their key: it was taken out of the table. */
  own: Map<string, (Amount & { of: 'spent' | 'reserved' })[]>;
}

async function standingOf(trx: Transaction<LedgerTables>, run: string): Promise<Omit<Standing, 'own'>> {
  const now = nowMs(trx);
  const total = (column: string, when: RawBuilder<unknown>) =>
    sql<number>`coalesce(sum(case when ${when} then ${sql.ref(column)} else 0 end), 0)`;
  const [lost, held] = [sql`expires_ms < ${now}`, sql`expires_ms >= ${now}`];
  const ofRun = (column: string) => sql<number>`coalesce((select ${sql.ref(column)} from spend where run = ${run}), 0)`;
  const { rows } = await sql<{ at: number; spentCost: number; spentTokens: number; cost: number; tokens: number }>`
    select ${now} as at, ${ofRun('cost_nano_usd')} + ${total('cost_nano_usd', lost)} as "spentCost",
      ${ofRun('tokens')} + ${total('tokens', lost)} as "spentTokens",
      ${total('cost_nano_usd', held)} as cost, ${total('tokens', held)} as tokens
    from reservation where run = ${run}`.execute(trx);
  const { at, spentCost, spentTokens, cost, tokens } = rows[0]!;
  return {
    atMs: at,
    spent: { costNanoUsd: spentCost, tokens: spentTokens },
    reserved: { costNanoUsd: cost, tokens },
  };
}

/** Calls in batch mode that are asked again after their worker's death take the place of their own reservations. */
async function takeOwn(
  trx: Transaction<LedgerTables>,
  run: string,
  requests: readonly ReservationRequest[],
): Promise<Standing['own']> {
  const keys = requests.flatMap(({ key }) => key || []);
  if (keys.length === 0) return new Map();
  const { rows } = await sql<Amount & { key: string; lost: number }>`
    delete from reservation where run = ${run} and key in ${listOf(trx, keys)}
    returning key, cost_nano_usd as "costNanoUsd", tokens, case when expires_ms < ${nowMs(trx)} then 1 else 0 end as lost`.execute(
    trx,
  );
  const own = rows.map(({ key, lost, ...amount }) => ({
    key,
    ...amount,
    of: lost ? ('spent' as const) : ('reserved' as const),
  }));
  return Map.groupBy(own, ({ key }) => key);
}

const less = (from: Amount, { costNanoUsd, tokens }: Amount): Amount => ({
  costNanoUsd: from.costNanoUsd - costNanoUsd,
  tokens: from.tokens - tokens,
});

function fits(budget: Budget, amounts: readonly Amount[]): boolean {
  const { costNanoUsd, tokens } = sum(amounts);
  return costNanoUsd <= (budget.usd ?? Infinity) * NANO && tokens <= (budget.tokens ?? Infinity);
}
