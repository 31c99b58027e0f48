import { sql, type Generated, type Kysely, type Transaction } from 'kysely';
import { openDatabase } from '../sql/database.ts';
import { createGroupCommit } from './group-commit.ts';
import type { ChatReply } from './types.ts';

/** Answers are only ever added. */
interface CallTable {
  id: Generated<number>;
  key: string;
  /** The run that paid for it. */
  run: string;
  provider: string;
  model: string;
  /** The request, as canonical JSON. */
  request: string;
  reply: string;
  finish_reason: string;
  input_tokens: number;
  output_tokens: number;
  latency_ms: number;
  /** ISO 8601, UTC. */
  created: string;
}

/** Which answer a run uses for a key: settled once, so that a run that goes on after a crash sees what it saw before. */
interface RunCallTable {
  run: string;
  key: string;
  call_id: number;
  hit: 0 | 1;
}

interface Tables {
  call: CallTable;
  run_call: RunCallTable;
}

export interface LedgerLookup {
  key: string;
  run: string;
  /** Answers paid for by other runs don't count. */
  fresh: boolean;
}

export type PaidCall = Omit<CallTable, 'id' | 'reply' | 'finish_reason' | 'input_tokens' | 'output_tokens'> & ChatReply;

/** A list of more parameters than this is split over several transactions. */
const MAX_BATCH = 200;

/** The ledger's tables. Many calls share one transaction; a promise resolves when its own row is written. */
export interface LedgerStore {
  /** The answer that the run uses, or one that another run paid for, now noted as this run's hit. */
  find(lookup: LedgerLookup): Promise<ChatReply | undefined>;
  /** Writes an answer. Gives back what the run uses: the first one written, where two processes asked at once. */
  record(call: PaidCall): Promise<ChatReply>;
  counts(run: string): Promise<{ hits: number; misses: number }>;
  close(): Promise<void>;
}

export async function openLedgerStore(url: string): Promise<LedgerStore> {
  const db = await openDatabase<Tables>(url);
  await createTables(db);
  const find = createGroupCommit<LedgerLookup, ChatReply | undefined>({
    maxItems: MAX_BATCH,
    commit: (lookups) => db.transaction().execute((trx) => findAll(trx, lookups)),
  });
  const record = createGroupCommit<PaidCall, ChatReply>({
    maxItems: MAX_BATCH,
    commit: (calls) => db.transaction().execute((trx) => recordAll(trx, calls)),
  });
  return {
    find,
    record,
    counts: async (run) => {
      const row = await db
        .selectFrom('run_call')
        .select((eb) => [eb.fn.countAll<number>().as('calls'), eb.fn.sum<number | null>('hit').as('hits')])
        .where('run', '=', run)
        .executeTakeFirstOrThrow();
      const hits = row.hits ?? 0;
      return { hits, misses: row.calls - hits };
    },
    close: () => db.destroy(),
  };
}

async function createTables(db: Kysely<Tables>): Promise<void> {
  await db.schema
    .createTable('call')
    .ifNotExists()
    .addColumn('id', 'integer', (column) => column.primaryKey())
    .addColumn('key', 'text', (column) => column.notNull())
    .addColumn('run', 'text', (column) => column.notNull())
    .addColumn('provider', 'text', (column) => column.notNull())
    .addColumn('model', 'text', (column) => column.notNull())
    .addColumn('request', 'text', (column) => column.notNull())
    .addColumn('reply', 'text', (column) => column.notNull())
    .addColumn('finish_reason', 'text', (column) => column.notNull())
    .addColumn('input_tokens', 'integer', (column) => column.notNull())
    .addColumn('output_tokens', 'integer', (column) => column.notNull())
    .addColumn('latency_ms', 'integer', (column) => column.notNull())
    .addColumn('created', 'text', (column) => column.notNull())
    .addUniqueConstraint('one_answer_per_key_and_run', ['key', 'run'])
    .execute();
  await db.schema
    .createTable('run_call')
    .ifNotExists()
    .addColumn('run', 'text', (column) => column.notNull())
    .addColumn('key', 'text', (column) => column.notNull())
    .addColumn('call_id', 'integer', (column) => column.notNull().references('call.id'))
    .addColumn('hit', 'integer', (column) => column.notNull())
    .addPrimaryKeyConstraint('run_call_first_insert_wins', ['run', 'key'])
    .execute();
}

async function findAll(trx: Transaction<Tables>, lookups: LedgerLookup[]): Promise<(ChatReply | undefined)[]> {
  for (const [run, group] of byRun(lookups.filter(({ fresh }) => !fresh))) {
    await settle(trx, { run, keys: group.map(({ key }) => key), hit: 1 });
  }
  return usedAnswers(trx, lookups);
}

async function recordAll(trx: Transaction<Tables>, calls: PaidCall[]): Promise<ChatReply[]> {
  const rows = calls.map(({ text, finishReason, inputTokens, outputTokens, ...call }) => ({
    ...call,
    reply: text,
    finish_reason: finishReason,
    input_tokens: inputTokens,
    output_tokens: outputTokens,
  }));
  await trx
    .insertInto('call')
    .values(rows)
    .onConflict((conflict) => conflict.columns(['key', 'run']).doNothing())
    .execute();
  for (const [run, group] of byRun(calls)) {
    await settle(trx, { run, keys: group.map(({ key }) => key), hit: 0 });
  }
  return (await usedAnswers(trx, calls)) as ChatReply[];
}

/**
 * Notes which answer the run uses for each key that has one: its own where it paid, else the newest. First insert wins, so
 * a retry changes neither the answer nor the count.
 */
async function settle(trx: Transaction<Tables>, options: { run: string; keys: string[]; hit: 0 | 1 }): Promise<void> {
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
  trx: Transaction<Tables>,
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
