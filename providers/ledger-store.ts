import { sql, type Transaction } from 'kysely';
import { openDatabase } from '../sql/database.ts';
import { createGroupCommit } from './group-commit.ts';
import { NANO, reserveAll, settleAll, type Reservation, type ReservationRequest } from './ledger-budget.ts';
import { createLedgerTables, type CallTable, type LedgerTables } from './ledger-tables.ts';
import type { Amount, ChatReply, LedgerCounts } from './types.ts';

export interface LedgerLookup {
  key: string;
  run: string;
  /** Answers paid for by other runs don't count. */
  fresh: boolean;
}

type RequestColumns = Pick<CallTable, 'key' | 'run' | 'provider' | 'model' | 'request' | 'latency_ms' | 'created'>;
export type PaidCall = RequestColumns &
  Omit<ChatReply, 'limits'> & {
    cost: Amount;
    /** Given back in the same transaction that writes the answer. */
    reservation?: number | undefined;
  };

/** A list of more parameters than this is split over several transactions. */
const MAX_BATCH = 200;

/** The ledger's tables. Many calls share one transaction; a promise resolves when its own row is written. */
export interface LedgerStore {
  /** The answer that the run uses, or one that another run paid for, now noted as this run's hit. */
  find(lookup: LedgerLookup): Promise<ChatReply | undefined>;
  /** Writes an answer. Gives back what the run uses: the first one written, where two processes asked at once. */
  record(call: PaidCall): Promise<ChatReply>;
  /** Sets aside what a call may cost. */
  reserve(request: ReservationRequest): Promise<Reservation>;
  /** Gives back the reservation of a call that failed. */
  release(run: string, reservation: number): Promise<void>;
  counts(run: string): Promise<LedgerCounts>;
  /** Which of the keys any run has an answer for; changes nothing. */
  known(keys: readonly string[]): Promise<Set<string>>;
  close(): Promise<void>;
}

export async function openLedgerStore(url: string): Promise<LedgerStore> {
  const db = await openDatabase<LedgerTables>(url);
  await createLedgerTables(db);
  const find = createGroupCommit<LedgerLookup, ChatReply | undefined>({
    maxItems: MAX_BATCH,
    commit: (lookups) => db.transaction().execute((trx) => findAll(trx, lookups)),
  });
  const record = createGroupCommit<PaidCall, ChatReply>({
    maxItems: MAX_BATCH,
    commit: (calls) => db.transaction().execute((trx) => recordAll(trx, calls)),
  });
  const reserve = createGroupCommit<ReservationRequest, Reservation>({
    maxItems: MAX_BATCH,
    commit: (requests) => db.transaction().execute((trx) => reserveAll(trx, requests)),
  });
  return {
    find,
    record,
    reserve,
    release: (run, reservation) =>
      db.transaction().execute((trx) => settleAll(trx, [{ run, reservation, costNanoUsd: 0, tokens: 0 }])),
    counts: async (run) => {
      const calls = await db
        .selectFrom('run_call')
        .select((eb) => [eb.fn.countAll<number>().as('calls'), eb.fn.sum<number | null>('hit').as('hits')])
        .where('run', '=', run)
        .executeTakeFirstOrThrow();
      const spent = await db.selectFrom('spend').selectAll().where('run', '=', run).executeTakeFirst();
      const hits = calls.hits ?? 0;
      const costUsd = (spent?.cost_nano_usd ?? 0) / NANO;
      return { hits, misses: calls.calls - hits, tokens: spent?.tokens ?? 0, costUsd };
    },
    known: async (keys) => {
      const found = new Set<string>();
      for (let from = 0; from < keys.length; from += MAX_BATCH) {
        const some = keys.slice(from, from + MAX_BATCH);
        const rows = await db.selectFrom('call').select('key').distinct().where('key', 'in', some).execute();
        for (const { key } of rows) found.add(key);
      }
      return found;
    },
    close: () => db.destroy(),
  };
}

async function findAll(trx: Transaction<LedgerTables>, lookups: LedgerLookup[]): Promise<(ChatReply | undefined)[]> {
  for (const [run, group] of byRun(lookups.filter(({ fresh }) => !fresh))) {
    await settle(trx, { run, keys: group.map(({ key }) => key), hit: 1 });
  }
  return usedAnswers(trx, lookups);
}

async function recordAll(trx: Transaction<LedgerTables>, calls: PaidCall[]): Promise<ChatReply[]> {
  const rows = calls.map(({ text, finishReason, inputTokens, outputTokens, cost, ...call }) => ({
    key: call.key,
    run: call.run,
    provider: call.provider,
    model: call.model,
    request: call.request,
    latency_ms: call.latency_ms,
    created: call.created,
    reply: text,
    finish_reason: finishReason,
    input_tokens: inputTokens,
    output_tokens: outputTokens,
    cost_nano_usd: cost.costNanoUsd,
  }));
  await trx
    .insertInto('call')
    .values(rows)
    .onConflict((conflict) => conflict.columns(['key', 'run']).doNothing())
    .execute();
  for (const [run, group] of byRun(calls)) {
    await settle(trx, { run, keys: group.map(({ key }) => key), hit: 0 });
  }
  await settleAll(
    trx,
    calls.map(({ run, reservation, cost }) => ({ run, reservation, ...cost })),
  );
  return (await usedAnswers(trx, calls)) as ChatReply[];
}

/**
 * Notes which answer the run uses for each key that has one: its own where it paid, else the newest. First insert wins, so
 * a retry changes neither the answer nor the count.
 */
async function settle(
  trx: Transaction<LedgerTables>,
  options: { run: string; keys: string[]; hit: 0 | 1 },
): Promise<void> {
  const { run, keys, hit } = options;
  await trx
    .insertInto('run_call')
    .columns(['run', 'key', 'call_id', 'hit'])
    .expression((eb) =>
      eb
        .selectFrom('call')
        .select((select) => [
          select.val(run).as('run'),
          'key',
          select.fn.max<number>('id').as('call_id'),
          sql.lit(hit).as('hit'),
        ])
        .where('key', 'in', keys)
        .$if(hit === 0, (query) => query.where('run', '=', run))
        .groupBy('key'),
    )
    .onConflict((conflict) => conflict.doNothing())
    .execute();
}

async function usedAnswers(
  trx: Transaction<LedgerTables>,
  asked: { key: string; run: string }[],
): Promise<(ChatReply | undefined)[]> {
  const found = new Map<string, ChatReply>();
  for (const [run, group] of byRun(asked)) {
    const rows = await trx
      .selectFrom('run_call')
      .innerJoin('call', 'call.id', 'run_call.call_id')
      .select(['call.key', 'reply', 'finish_reason', 'input_tokens', 'output_tokens'])
      .where('run_call.run', '=', run)
      .where(
        'run_call.key',
        'in',
        group.map(({ key }) => key),
      )
      .execute();
    for (const row of rows) {
      found.set(`${row.key} ${run}`, {
        text: row.reply,
        finishReason: row.finish_reason,
        inputTokens: row.input_tokens,
        outputTokens: row.output_tokens,
      });
    }
  }
  return asked.map(({ key, run }) => found.get(`${key} ${run}`));
}

function byRun<T extends { run: string }>(items: T[]): Map<string, T[]> {
  return Map.groupBy(items, ({ run }) => run);
}
