import { sql, type Kysely, type Transaction } from 'kysely';
import { listOf, rowsAStatement, rowsOf, type InsertedColumn } from '../../sql/words.ts';
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

/** Reads only, unless an answer of another run is found: it is then noted as this run's hit. */
export async function findAll(db: Kysely<LedgerTables>, lookups: LedgerLookup[]): Promise<(ChatReply | undefined)[]> {
  // Most calls are new, and one look at an index says so.
  const keys = lookups.map(({ key }) => key);
  const { rows } = await sql<{ key: string }>`
    select distinct key from call where key in ${listOf(db, keys)}`.execute(db);
  const known = new Set(rows.map(({ key }) => key));
  const asked = lookups.filter(({ key }) => known.has(key));
  const used = asked.length > 0 ? await usedAnswers(db, asked) : [];
  const missing = asked.filter(({ fresh }, i) => !fresh && used[i] === undefined);
  const settled = missing.length > 0 ? await settleOn(db, missing, asked) : used;
  const found = new Map(asked.map((lookup, i) => [lookup, settled[i]]));
  return lookups.map((lookup) => found.get(lookup));
}

/** Settles on answers of other runs, where a run has none of its own. Gives what is used for all that is asked. */
function settleOn(
  db: Kysely<LedgerTables>,
  missing: LedgerLookup[],
  asked: LedgerLookup[],
): Promise<(ChatReply | undefined)[]> {
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
    return usedAnswers(trx, asked);
  });
}

const CALL_COLUMNS: readonly InsertedColumn<PaidCall>[] = [
  { type: 'text', value: ({ key }) => key },
  { type: 'text', value: ({ run }) => run },
  { type: 'text', value: ({ provider }) => provider },
  { type: 'text', value: ({ model }) => model },
  { type: 'text', value: ({ request }) => request },
  { type: 'text', value: ({ text }) => text },
  { type: 'text', value: ({ finishReason }) => finishReason },
  { type: 'bigint', value: ({ inputTokens }) => inputTokens },
  { type: 'bigint', value: ({ outputTokens }) => outputTokens },
  { type: 'bigint', value: ({ cost }) => cost.costNanoUsd },
  { type: 'bigint', value: ({ latencyMs }) => latencyMs },
  { type: 'text', value: ({ created }) => created },
];

/**
 * First insert wins, so a retry changes neither the answer nor the count: where another process of the run has asked the same at
 * the same time, all use one answer.
 */
export async function recordAll(trx: Transaction<LedgerTables>, calls: PaidCall[]): Promise<ChatReply[]> {
  const inserted = new Map<string, number>();
  for (const [run, ofRun] of byRun(calls)) inserted.set(run, await insertAnswers(trx, ofRun));
  const paid = new Map<string, number>();
  let ownAll = true;
  // After the rows went in, each process its own: others of the run wait for what follows alone.
  await takeTurnsOf(trx, calls);
  for (const [run, ofRun] of byRun(calls)) {
    const rows = inserted.get(run) ?? 0;
    const keys = listOf(
      trx,
      ofRun.map(({ key }) => key),
    );
    const hits = await sql`select 1 from hit where run = ${run} and key in ${keys}`.execute(trx);
    // What the run has settled on another run's answer for is a hit already.
    paid.set(run, Math.max(0, rows - hits.rows.length));
    ownAll &&= rows === ofRun.length && hits.rows.length === 0;
  }
  await settleAll(
    trx,
    calls.map(({ run, reservation, cost }) => ({ run, reservation, ...cost })),
    paid,
  );
  const batched = calls.filter((call) => call.batched).map(({ key }) => key);
  if (batched.length > 0) await sql`delete from batch_call where key in ${listOf(trx, batched)}`.execute(trx);
  if (!ownAll) return (await usedAnswers(trx, calls)) as ChatReply[];
  return calls.map(({ text, finishReason, inputTokens, outputTokens, latencyMs }) => ({
    text,
    finishReason,
    inputTokens,
    outputTokens,
    latencyMs,
  }));
}

/** @returns how many were the first answers of the run to their calls */
async function insertAnswers(trx: Transaction<LedgerTables>, calls: readonly PaidCall[]): Promise<number> {
  // In one order, so that two processes with the same calls never wait for each other.
  const sorted = calls.toSorted((one, other) => (one.key < other.key ? -1 : 1));
  let inserted = 0;
  for (let from = 0; from < sorted.length; from += rowsAStatement(trx)) {
    const rows = rowsOf(trx, sorted.slice(from, from + rowsAStatement(trx)), CALL_COLUMNS);
    const { numAffectedRows } = await sql`
      insert into call (key, run, provider, model, request, reply, finish_reason, input_tokens, output_tokens, cost_nano_usd,
        latency_ms, created)
      ${rows} on conflict do nothing`.execute(trx.withoutPlugins());
    inserted += Number(numAffectedRows);
  }
  return inserted;
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
  if (lost.length > 0) await recordAll(trx, lost);
}

export const ANSWER = sql`reply as text, finish_reason as "finishReason", input_tokens as "inputTokens",
  output_tokens as "outputTokens", latency_ms as "latencyMs"`;

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
