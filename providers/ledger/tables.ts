import { sql, type Generated, type Kysely } from 'kysely';

/** Answers are only ever added. */
export interface CallTable {
  id: Generated<number>;
  key: string;
  /** The run that paid for it. */
  run: string;
  provider: string;
  model: string;
  /** The whole call, as canonical JSON: model, settings and request. */
  request: string;
  reply: string;
  finish_reason: string;
  input_tokens: number;
  output_tokens: number;
  /** Billionths of a US dollar, at the prices that the config stated; 0 where it stated none. */
  cost_nano_usd: number;
  latency_ms: number;
  /** ISO 8601, UTC. */
  created: string;
}

/**
 * The answers of other runs that a run uses. Settled once, so that a run that goes on after a crash sees what it saw before. It
 * uses its own where there is none.
 */
export interface HitTable {
  run: string;
  key: string;
  call_id: number;
}

/** What a run has paid so far, answers that came twice included. */
export interface SpendTable {
  run: string;
  cost_nano_usd: number;
  tokens: number;
  /** Distinct ones. */
  calls: number;
}

/** What calls in flight may cost at most. One whose worker died counts until it expires. */
export interface ReservationTable {
  id: Generated<number>;
  run: string;
  /** The call, in batch mode: asked again after its worker's death, it takes the place of its own reservation. Else empty. */
  key: string;
  cost_nano_usd: number;
  tokens: number;
  /** Milliseconds since 1970. */
  expires_ms: number;
}

/** A file of calls that was sent to a server, or is about to be. */
export interface BatchTable {
  id: string;
  server: string;
  remote_id: string | null;
  /** The process that sends it, as JSON: while it lives, the batch may yet appear at the server. */
  owner: string;
}

/** Calls that wait in a batch, until their answers are in the ledger. */
export interface BatchCallTable {
  key: string;
  batch: string;
}

export interface LedgerTables {
  batch: BatchTable;
  batch_call: BatchCallTable;
  call: CallTable;
  hit: HitTable;
  spend: SpendTable;
  reservation: ReservationTable;
}

/** Makes the ledger's tables where they are missing; several processes may do so at once. */
export async function createLedgerTables(db: Kysely<LedgerTables>): Promise<void> {
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
    .addColumn('cost_nano_usd', 'integer', (column) => column.notNull().defaultTo(0))
    .addColumn('latency_ms', 'integer', (column) => column.notNull())
    .addColumn('created', 'text', (column) => column.notNull())
    .addUniqueConstraint('one_answer_per_key_and_run', ['key', 'run'])
    .execute();
  await addColumn(db, 'call', 'cost_nano_usd', 'integer', 0);
  await db.schema
    .createTable('hit')
    .ifNotExists()
    .addColumn('run', 'text', (column) => column.notNull())
    .addColumn('key', 'text', (column) => column.notNull())
    .addColumn('call_id', 'integer', (column) => column.notNull().references('call.id'))
    .addPrimaryKeyConstraint('hit_first_insert_wins', ['run', 'key'])
    .execute();
  await db.schema
    .createTable('spend')
    .ifNotExists()
    .addColumn('run', 'text', (column) => column.primaryKey())
    .addColumn('cost_nano_usd', 'integer', (column) => column.notNull())
    .addColumn('tokens', 'integer', (column) => column.notNull())
    .addColumn('calls', 'integer', (column) => column.notNull().defaultTo(0))
    .execute();
  await addColumn(db, 'spend', 'calls', 'integer', 0);
  await splitRunCalls(db);
  await db.schema
    .createTable('reservation')
    .ifNotExists()
    .addColumn('id', 'integer', (column) => column.primaryKey())
    .addColumn('run', 'text', (column) => column.notNull())
    .addColumn('cost_nano_usd', 'integer', (column) => column.notNull())
    .addColumn('tokens', 'integer', (column) => column.notNull())
    .addColumn('expires_ms', 'integer', (column) => column.notNull())
    .addColumn('key', 'text', (column) => column.notNull().defaultTo(''))
    .execute();
  await addColumn(db, 'reservation', 'key', 'text', '');
  await db.schema
    .createTable('batch')
    .ifNotExists()
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('server', 'text', (column) => column.notNull())
    .addColumn('remote_id', 'text')
    .addColumn('owner', 'text', (column) => column.notNull())
    .execute();
  await db.schema
    .createTable('batch_call')
    .ifNotExists()
    .addColumn('key', 'text', (column) => column.primaryKey())
    .addColumn('batch', 'text', (column) => column.notNull().references('batch.id'))
    .execute();
}

/** Ledgers of earlier states of the first release lack some columns. */
async function addColumn(
  db: Kysely<LedgerTables>,
  table: 'call' | 'reservation' | 'spend',
  name: string,
  type: 'integer' | 'text',
  fallback: number | string,
): Promise<void> {
  const columns = await sql<{ name: string }>`select name from pragma_table_info(${table})`.execute(db);
  if (columns.rows.some((column) => column.name === name)) return;
  await db.schema
    .alterTable(table)
    .addColumn(name, type, (column) => column.notNull().defaultTo(fallback))
    .execute()
    .catch((error: unknown) => {
      // Another process was faster.
      if (!/duplicate column/i.test(String(error))) throw error;
    });
}

/** Ledgers of earlier states of the first release had one more row for each call, in a table that also knew the hits. */
async function splitRunCalls(db: Kysely<LedgerTables>): Promise<void> {
  const isOld = async (on: Kysely<LedgerTables>) =>
    (await sql`select 1 from sqlite_master where type = 'table' and name = 'run_call'`.execute(on)).rows.length > 0;
  if (!(await isOld(db))) return;
  await db.transaction().execute(async (trx) => {
    // Another process was faster.
    if (!(await isOld(trx))) return;
    await sql`insert or ignore into hit select run, key, call_id from run_call where hit = 1`.execute(trx);
    await sql`
      insert into spend (run, cost_nano_usd, tokens, calls)
      select run, 0, 0, count(*) from run_call where hit = 0 group by run
      on conflict (run) do update set calls = calls + excluded.calls`.execute(trx);
    await sql`drop table run_call`.execute(trx);
  });
}
