import { sql, type Kysely } from 'kysely';
import { migrate, type Migrations } from '../../sql/migrate.ts';
import { columnTypes } from '../../sql/words.ts';
import type { LedgerTables } from './tables.ts';

const MIGRATIONS: Migrations = {
  '0001_tables': { up: createTables },
  '0002_owners': { up: createOwners },
  '0003_rates': { up: createRates },
};

/** Makes the ledger's tables, or brings them up to date. */
export function migrateLedger(db: Kysely<LedgerTables>): Promise<void> {
  return migrate(db, 'ledger', MIGRATIONS);
}

/** Only what is missing: ledgers of before the first migration have these tables, or some of their columns. */
async function createTables(db: Kysely<LedgerTables>): Promise<void> {
  const { schema } = db;
  const { text, whole, rowId } = columnTypes(db);
  const before = new Map(
    (await db.introspection.getTables()).map(({ name, columns }) => [name, columns.map((column) => column.name)]),
  );
  await schema
    .createTable('call')
    .ifNotExists()
    .addColumn('id', whole, rowId)
    .addColumn('key', text, (column) => column.notNull())
    .addColumn('run', text, (column) => column.notNull())
    .addColumn('provider', text, (column) => column.notNull())
    .addColumn('model', text, (column) => column.notNull())
    .addColumn('request', text, (column) => column.notNull())
    .addColumn('reply', text, (column) => column.notNull())
    .addColumn('finishReason', text, (column) => column.notNull())
    .addColumn('inputTokens', whole, (column) => column.notNull())
    .addColumn('outputTokens', whole, (column) => column.notNull())
    .addColumn('costNanoUsd', whole, (column) => column.notNull().defaultTo(0))
    .addColumn('latencyMs', whole, (column) => column.notNull())
    .addColumn('created', text, (column) => column.notNull())
    .addUniqueConstraint('oneAnswerPerKeyAndRun', ['key', 'run'])
    .execute();
  await schema
    .createTable('hit')
    .ifNotExists()
    .addColumn('run', text, (column) => column.notNull())
    .addColumn('key', text, (column) => column.notNull())
    .addColumn('callId', whole, (column) => column.notNull().references('call.id'))
    .addPrimaryKeyConstraint('hitFirstInsertWins', ['run', 'key'])
    .execute();
  await schema
    .createTable('spend')
    .ifNotExists()
    .addColumn('run', text, (column) => column.primaryKey())
    .addColumn('costNanoUsd', whole, (column) => column.notNull())
    .addColumn('tokens', whole, (column) => column.notNull())
    .addColumn('calls', whole, (column) => column.notNull().defaultTo(0))
    .execute();
  await schema
    .createTable('reservation')
    .ifNotExists()
    .addColumn('id', whole, rowId)
    .addColumn('run', text, (column) => column.notNull())
    .addColumn('costNanoUsd', whole, (column) => column.notNull())
    .addColumn('tokens', whole, (column) => column.notNull())
    .addColumn('expiresMs', whole, (column) => column.notNull())
    .addColumn('key', text, (column) => column.notNull().defaultTo(''))
    .execute();
  await schema
    .createTable('batch')
    .ifNotExists()
    .addColumn('id', text, (column) => column.primaryKey())
    .addColumn('server', text, (column) => column.notNull())
    .addColumn('remoteId', text)
    .addColumn('owner', text, (column) => column.notNull())
    .execute();
  await schema
    .createTable('batchCall')
    .ifNotExists()
    .addColumn('key', text, (column) => column.primaryKey())
    .addColumn('batch', text, (column) => column.notNull().references('batch.id'))
    .execute();
  const lacks = (table: string, column: string) => before.get(table)?.includes(column) === false;
  if (lacks('call', 'cost_nano_usd')) await addColumn(db, 'call', 'costNanoUsd', 0);
  if (lacks('spend', 'calls')) await addColumn(db, 'spend', 'calls', 0);
  if (lacks('reservation', 'key')) await addColumn(db, 'reservation', 'key', '');
  if (before.has('run_call')) await splitRunCalls(db);
}

async function addColumn(db: Kysely<LedgerTables>, table: string, name: string, fallback: number | string) {
  const type = typeof fallback === 'number' ? 'integer' : 'text';
  await db.schema
    .alterTable(table)
    .addColumn(name, type, (column) => column.notNull().defaultTo(fallback))
    .execute();
}

/** The first ledgers, all in SQLite, had one more row for each call, in a table that also knew the hits. */
async function splitRunCalls(db: Kysely<LedgerTables>): Promise<void> {
  await sql`insert or ignore into hit select run, key, call_id from run_call where hit = 1`.execute(db);
  await sql`
    insert into spend (run, cost_nano_usd, tokens, calls)
    select run, 0, 0, count(*) from run_call where hit = 0 group by run
    on conflict (run) do update set calls = calls + excluded.calls`.execute(db);
  await sql`drop table run_call`.execute(db);
}

async function createOwners(db: Kysely<LedgerTables>): Promise<void> {
  const { text, whole } = columnTypes(db);
  await db.schema
    .createTable('owner')
    .addColumn('id', text, (column) => column.primaryKey())
    .addColumn('host', text, (column) => column.notNull())
    .addColumn('pid', whole, (column) => column.notNull())
    .addColumn('startTime', text, (column) => column.notNull())
    .addColumn('expiresMs', whole, (column) => column.notNull())
    .execute();
  await db.schema
    .alterTable('reservation')
    .addColumn('owner', text, (column) => column.notNull().defaultTo(''))
    .execute();
}

async function createRates(db: Kysely<LedgerTables>): Promise<void> {
  const { text, real } = columnTypes(db);
  await db.schema
    .createTable('rate')
    .addColumn('id', text, (column) => column.primaryKey())
    .addColumn('requestsUntilMs', real, (column) => column.notNull())
    .addColumn('tokensUntilMs', real, (column) => column.notNull())
    .execute();
}
