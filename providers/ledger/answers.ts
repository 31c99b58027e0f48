import { sql, type Kysely, type Transaction } from 'kysely';
import { listOf } from '../../sql/words.ts';
import { transaction } from '../../sql/transaction.ts';
import { settleAll, takeTurnsOf } from './budget.ts';
import type { CallTable, LedgerTables } from './tables.ts';
import type { Amount, ChatReply } from '../../contract/ports.ts';

/** Answers in the ledger's tables: finding them, and writing many in one transaction. */

export interface LedgerLookup {
  key: string;
  run: string;
  /** Answers paid for by other runs don't count. */
  fresh: boolean;
}

type RequestColumns = Pick<CallTable, 'key' | 'run' | 'provider' | 'model' | 'request' | 'latencyMs' | 'created'>;
export type PaidCall = RequestColumns &
  Omit<ChatReply, 'limits' | 'notes'> & {
    cost: Amount;
    /** It waited in a batch, whose note of it goes in the same transaction. */
    batched?: boolean | undefined;
    /** Given back in the same transaction that writes the answer. */
    reservation?: number | undefined;
  };

/** Calls of one transaction. */
export const MAX_BATCH = 500;
/** Values are bound, not parsed: a quarter of the cost of JSON. Statements of few sizes stay prepared, and no plugin walks them. */
const ROWS_A_STATEMENT = 16;

/** Reads only, unless an answer of another run is found: it is then noted as this run's hit. */
export async function findAll(db: Kysely<LedgerTables>, lookups: LedgerLookup[]): Promise<(ChatReply | undefined)[]> {
  const used = await usedAnswers(db, lookups);
  const missing = lookups.filter(({ fresh }, i) => !fresh && used[i] === undefined);
  if (missing.length === 0) return used;
  const keys = missing.map(({ key }) => key);
  const known = await sql<{ key: string }>`select distinct key from call where key in ${listOf(db, keys)}`.execute(db);
  if (known.rows.length === 0) return used;
  return transaction(db, async (trx) => {
    await takeTurnsOf(trx, missing);
    for (const [run, group] of byRun(missing)) {
      const wanted = group.map(({ key }) => key);
      await sql`
        insert into hit (run, key, call_id)
        select ${run}, key, max(id) from call where key in ${listOf(trx, wanted)} group by key
        having sum(case when run = ${run} then 1 else 0 end) = 0
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
    latencyMs,
    created,
  } = call;
  return sql`(${key}, ${run}, ${provider}, ${model}, ${request}, ${text}, ${finishReason}, ${inputTokens}, ${outputTokens},
    ${cost.costNanoUsd}, ${latencyMs}, ${created})`;
};

/** Many answers that come at once, as those of a batch do, in statements of bounded size. */
export async function recordSliced(trx: Transaction<LedgerTables>, calls: PaidCall[]): Promise<ChatReply[]> {
  const used: ChatReply[] = [];
  for (let from = 0; from < calls.length; from += MAX_BATCH)
    used.push(...(await recordAll(trx, calls.slice(from, from + MAX_BATCH))));
  return used;
}

/**
 * First insert wins, so a retry changes neither the answer nor the count: where another process of the run has asked the same at
 * the same time, all use one answer.
 */
async function recordAll(trx: Transaction<LedgerTables>, calls: PaidCall[]): Promise<ChatReply[]> {
  const paid = new Map<string, number>();
  let ownAll = true;
  await takeTurnsOf(trx, calls);
  for (const [run, ofRun] of byRun(calls)) {
    let inserted = 0;
    for (let from = 0; from < ofRun.length; from += ROWS_A_STATEMENT) {
      const rows = ofRun.slice(from, from + ROWS_A_STATEMENT).map(rowOf);
      const { numAffectedRows } = await sql`
        insert into call (key, run, provider, model, request, reply, finish_reason, input_tokens, output_tokens, cost_nano_usd,
          latency_ms, created)
        values ${sql.join(rows)} on conflict do nothing`.execute(trx.withoutPlugins());
      inserted += Number(numAffectedRows);
    }
    const keys = listOf(
      trx,
      ofRun.map(({ key }) => key),
    );
    const hits = await sql`select 1 from hit where run = ${run} and key in ${keys}`.execute(trx);
    // What the run has settled on another run's answer for is a hit already.
    paid.set(run, Math.max(0, inserted - hits.rows.length));
    ownAll &&= inserted === ofRun.length && hits.rows.length === 0;
  }
  await settleAll(
    trx,
    calls.map(({ run, reservation, cost }) => ({ run, reservation, ...cost })),
    paid,
  );
  const batched = calls.filter((call) => call.batched).map(({ key }) => key);
  if (batched.length > 0) await sql`delete from batch_call where key in ${listOf(trx, batched)}`.execute(trx);
  if (!ownAll) return (await usedAnswers(trx, calls)) as ChatReply[];
  return calls.map(({ text, finishReason, inputTokens, outputTokens }) => ({
    text,
    finishReason,
    inputTokens,
    outputTokens,
  }));
}

/** Journals of before the first migration say `latency_ms`. */
export function fromJournal(entry: PaidCall & { latency_ms?: number }): PaidCall {
  const { latency_ms: latencyMs, ...call } = entry;
  return latencyMs === undefined ? call : { ...call, latencyMs };
}

/** What a dead process had paid for; what it had also written to the tables itself is counted there. */
export async function adoptAll(trx: Transaction<LedgerTables>, calls: PaidCall[]): Promise<void> {
  const keys = calls.map(({ key }) => key);
  const { rows } = await sql<{ key: string; run: string }>`
    select key, run from call where key in ${listOf(trx, keys)}`.execute(trx);
  const written = new Set(rows.map(({ key, run }) => `${key} ${run}`));
  const lost = calls.filter(({ key, run }) => !written.has(`${key} ${run}`));
  if (lost.length > 0) await recordSliced(trx, lost);
}

export const ANSWER = sql`reply as text, finish_reason as "finishReason", input_tokens as "inputTokens",
  output_tokens as "outputTokens"`;

export interface AnswerRow extends ChatReply {
  key: string;
}

/** What a run uses: the answer of another run that it has settled on, or its own. */
async function usedAnswers(
  db: Kysely<LedgerTables>,
  asked: { key: string; run: string }[],
): Promise<(ChatReply | undefined)[]> {
  const found = new Map<string, ChatReply>();
  for (const [run, group] of byRun(asked)) {
    const keys = listOf(
      db,
      group.map(({ key }) => key),
    );
    const { rows } = await sql<AnswerRow & { settled: number }>`
      select key, 0 as settled, ${ANSWER} from call where run = ${run} and key in ${keys}
      union all
      select call.key, 1 as settled, ${ANSWER} from hit join call on call.id = hit.call_id
      where hit.run = ${run} and hit.key in ${keys}`.execute(db);
    for (const { key, settled, ...reply } of rows)
      if (settled || !found.has(`${key} ${run}`)) found.set(`${key} ${run}`, reply);
  }
  return asked.map(({ key, run }) => found.get(`${key} ${run}`));
}

function byRun<T extends { run: string }>(items: T[]): Map<string, T[]> {
  return Map.groupBy(items, ({ run }) => run);
}
