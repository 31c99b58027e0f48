import { setTimeout as sleep } from 'node:timers/promises';
import type { Kysely } from 'kysely';
import { openDatabase } from '../../sql/database.ts';
import { migrate } from '../../sql/migrate.ts';

/** Brings a new database up to date at a given moment, as others do: argv is database, moment in milliseconds. */
const [url, at] = process.argv.slice(2) as [string, string];

const db = await openDatabase<Record<string, never>>(url);
await sleep(Number(at) - Date.now());
await migrate(db, 'store', {
  '0001_first': { up: (on: Kysely<unknown>) => on.schema.createTable('first').addColumn('id', 'integer').execute() },
  '0002_second': { up: (on: Kysely<unknown>) => on.schema.createTable('second').addColumn('id', 'integer').execute() },
});
await db.destroy();
