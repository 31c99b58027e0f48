import { sql, type Kysely, type Transaction } from 'kysely';
import { databasePath, openDatabase } from '../sql/database.ts';
import { createBatchStore, type BatchStore } from './batch/batch-store.ts';
import { createGroupCommit } from './group-commit.ts';
import { NANO, reserveAll, settleAll, type Reservation, type ReservationRequest } from './ledger-budget.ts';
import { adoptJournals, openJournal } from './ledger-journal.ts';
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
    /** It waited in a batch, whose note of it goes in the same transaction. */
    batched?: boolean | undefined;
    /** Given back in the same transaction that writes the answer. */
    reservation?: number | undefined;
  };

/** What calls usually take: means. */
export interface UsualCall {
  calls: number;
  outputTokens: number;
  latencyMs: number;
}

/** Calls of one transaction. */
const MAX_BATCH = 500;
/** Values are bound, not parsed: a quarter of the cost of JSON. Statements of few sizes stay prepared. */
const ROWS_A_STATEMENT = 16;
/** Many times shorter than a call, which holds no place in flight meanwhile. */
const GATHER_MS = 25;

/** The ledger's tables. Many calls share one transaction; a promise resolves when its own row is written. */
export interface LedgerStore {
  /** The answer that the run uses, or one that another run paid for, now noted as this run's hit. */
  find(lookup: LedgerLookup): Promise<ChatReply | undefined>;
  /**
   * Writes an answer: when this returns its promise, no death of the process loses it. The promise gives what the run uses:
   * the first one written, where two processes asked at once.
   */
  record(call: PaidCall): Promise<ChatReply>;
  /** Sets aside what a call may cost. */
  reserve(request: ReservationRequest): Promise<Reservation>;
  /** Gives back the reservation of a call that failed. */
  release(run: string, reservation: number): Promise<void>;
  counts(run: string): Promise<LedgerCounts>;
  /** The newest answer to each key, of whatever run; changes nothing. */
  peek(keys: readonly string[]): Promise<(ChatReply | undefined)[]>;
  batches: BatchStore;
  usual(of: { provider: string; model: string; schema: string }): Promise<UsualCall | undefined>;
  close(): Promise<void>;
}

export async function openLedgerStore(url: string): Promise<LedgerStore> {
  const db = await openDatabase<LedgerTables>(url);
  await createLedgerTables(db);
  const path = databasePath(url);
  const journal = path === ':memory:' ? undefined : await openJournal(path);
  if (journal) await adoptJournals<PaidCall>(path, (calls) => db.transaction().execute((trx) => adoptAll(trx, calls)));
  const find = createGroupCommit<LedgerLookup, ChatReply | undefined>({
    maxItems: MAX_BATCH,
    gatherMs: GATHER_MS,
    commit: (lookups) => findAll(db, lookups),
  });
  let failed: PaidCall[] = [];
  const record = createGroupCommit<PaidCall, ChatReply>({
    // All that stands in the half of the journal that is cut.
    maxItems: Infinity,
    gatherMs: GATHER_MS,
    commit: async (calls) => {
      const written = journal?.cut();
      const all = [...failed, ...calls];
      try {
        const used = await db.transaction().execute((trx) => recordSliced(trx, all));
        written?.();
        failed = [];
        return used.slice(-calls.length);
      } catch (error) {
        // Paid for, and not in the tables: the next commit writes them too.
        failed = all;
        throw error;
      }
    },
  });
  const reserve = createGroupCommit<ReservationRequest, Reservation>({
    maxItems: MAX_BATCH,
    gatherMs: 0,
    commit: (requests) => db.transaction().execute((trx) => reserveAll(trx, requests)),
  });
  return {
    find,
    record: (call) => {
      journal?.append(JSON.stringify(call));
      return record(call);
    },
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
    peek: async (keys) => {
      const { rows } = await sql<AnswerRow>`
        select key, ${ANSWER} from call
        where id in (select max(id) from call where key in ${listOf(keys)} group by key)`.execute(db);
      const found = new Map(rows.map(({ key, ...reply }) => [key, reply]));
      return keys.map((key) => found.get(key));
    },
    usual: async ({ provider, model, schema }) => {
      const { rows } = await sql<{ calls: number; outputTokens: number; latencyMs: number }>`
        select count(*) as calls, avg(output_tokens) as "outputTokens", avg(latency_ms) as "latencyMs" from (
          select output_tokens, latency_ms from call
          where provider = ${provider} and model = ${model} and request ->> '$.responseSchema.name' = ${schema}
          order by id desc limit 500)`.execute(db);
      return rows[0] && rows[0].calls > 0 ? rows[0] : undefined;
    },
    batches: createBatchStore(db),
    close: async () => {
      await journal?.close();
      await db.destroy();
    },
  };
}

/** As one parameter, so that lists of any length are one prepared statement. */
const listOf = (values: readonly string[]) => sql`(select value from json_each(${JSON.stringify(values)}))`;

/** Reads only, unless an answer of another run is found: it is then noted as this run's hit. */
async function findAll(db: Kysely<LedgerTables>, lookups: LedgerLookup[]): Promise<(ChatReply | undefined)[]> {
  const used = await usedAnswers(db, lookups);
  const missing = lookups.filter(({ fresh }, i) => !fresh && used[i] === undefined);
  if (missing.length === 0) return used;
  const keys = missing.map(({ key }) => key);
  const known = await sql<{ key: string }>`select distinct key from call where key in ${listOf(keys)}`.execute(db);
  if (known.rows.length === 0) return used;
  return db.transaction().execute(async (trx) => {
    for (const [run, group] of byRun(missing)) {
      await sql`
        insert into run_call (run, key, call_id, hit)
        select ${run}, key, max(id), 1 from call where key in ${listOf(group.map(({ key }) => key))} group by key
        on conflict do nothing`.execute(trx);
    }
    return usedAnswers(trx, lookups);
  });
}

const rowOf = (call: PaidCall) => {
  const {
    key,
    run,
    provider,
    model,
    request,
    text,
    finishReason,
    inputTokens,
    outputTokens,
    cost,
    latency_ms,
    created,
  } = call;
  return sql`(${key}, ${run}, ${provider}, ${model}, ${request}, ${text}, ${finishReason}, ${inputTokens}, ${outputTokens},
    ${cost.costNanoUsd}, ${latency_ms}, ${created})`;
};

/** Many answers that come at once, as those of a batch do, in statements of bounded size. */
async function recordSliced(trx: Transaction<LedgerTables>, calls: PaidCall[]): Promise<ChatReply[]> {
  const used: ChatReply[] = [];
  for (let from = 0; from < calls.length; from += MAX_BATCH)
    used.push(...(await recordAll(trx, calls.slice(from, from + MAX_BATCH))));
  return used;
}

/** First insert wins, so a retry changes neither the answer nor the count. */
async function recordAll(trx: Transaction<LedgerTables>, calls: PaidCall[]): Promise<ChatReply[]> {
  for (let from = 0; from < calls.length; from += ROWS_A_STATEMENT) {
    const rows = calls.slice(from, from + ROWS_A_STATEMENT).map(rowOf);
    await sql`
      insert into call (key, run, provider, model, request, reply, finish_reason, input_tokens, output_tokens, cost_nano_usd,
        latency_ms, created)
      values ${sql.join(rows)} on conflict do nothing`.execute(trx);
  }
  const keys = JSON.stringify(calls.map(({ key, run }) => [key, run]));
  const own = await sql`
    insert into run_call (run, key, call_id, hit)
    select call.run, call.key, call.id, 0
    from json_each(${keys}) join call on call.key = value ->> 0 and call.run = value ->> 1 where true
    on conflict do nothing`.execute(trx);
  await settleAll(
    trx,
    calls.map(({ run, reservation, cost }) => ({ run, reservation, ...cost })),
  );
  const batched = calls.filter((call) => call.batched).map(({ key }) => key);
  if (batched.length > 0) await sql`delete from batch_call where key in ${listOf(batched)}`.execute(trx);
  if (own.numAffectedRows === BigInt(calls.length))
    return calls.map(({ text, finishReason, inputTokens, outputTokens }) => ({
      text,
      finishReason,
      inputTokens,
      outputTokens,
    }));
  // Another process of the run, or the same call twice at once: all use the answer that was written first.
  return (await usedAnswers(trx, calls)) as ChatReply[];
}

/** What a dead process had paid for; what it had also written to the tables itself is counted there. */
async function adoptAll(trx: Transaction<LedgerTables>, calls: PaidCall[]): Promise<void> {
  const keys = calls.map(({ key }) => key);
  const { rows } = await sql<{ key: string; run: string }>`
    select key, run from call where key in ${listOf(keys)}`.execute(trx);
  const written = new Set(rows.map(({ key, run }) => `${key} ${run}`));
  const lost = calls.filter(({ key, run }) => !written.has(`${key} ${run}`));
  if (lost.length > 0) await recordSliced(trx, lost);
}

const ANSWER = sql`reply as text, finish_reason as "finishReason", input_tokens as "inputTokens",
  output_tokens as "outputTokens"`;

interface AnswerRow extends ChatReply {
  key: string;
}

async function usedAnswers(
  db: Kysely<LedgerTables>,
  asked: { key: string; run: string }[],
): Promise<(ChatReply | undefined)[]> {
  const found = new Map<string, ChatReply>();
  for (const [run, group] of byRun(asked)) {
    const { rows } = await sql<AnswerRow>`
      select call.key as key, ${ANSWER}
      from run_call join call on call.id = run_call.call_id
      where run_call.run = ${run} and run_call.key in ${listOf(group.map(({ key }) => key))}`.execute(db);
    for (const { key, ...reply } of rows) found.set(`${key} ${run}`, reply);
  }
  return asked.map(({ key, run }) => found.get(`${key} ${run}`));
}

function byRun<T extends { run: string }>(items: T[]): Map<string, T[]> {
  return Map.groupBy(items, ({ run }) => run);
}
