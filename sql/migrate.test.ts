import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { sql } from 'kysely';
import { expect, it, onTestFinished } from 'vitest';
import { openDatabase } from './database.ts';
import { migrate } from './migrate.ts';

async function newFile(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'whetstone-migrate-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return join(folder, 'store.db');
}

it('is done once by several processes that find a new SQLite file at the same moment', async () => {
  const url = await newFile();
  const script = resolve(import.meta.dirname, '../test/fakes/migrate-process.ts');
  const at = String(Date.now() + 3_000);
  const run = promisify(execFile);
  await Promise.all(Array.from({ length: 6 }, () => run(process.execPath, [script, url, at])));
  const db = await openDatabase<Record<string, never>>(url);
  const { rows } = await sql<{ name: string }>`select name from store_migration order by name`.execute(db);
  expect(rows.map(({ name }) => name)).toEqual(['0001_first', '0002_second']);
  await db.destroy();
});

it('keeps nothing of a change that fails, and is done whole once it is mended', async () => {
  const db = await openDatabase<Record<string, never>>(await newFile());
  const create = (name: string) => ({
    up: (on: typeof db) => on.schema.createTable(name).addColumn('id', 'integer').execute(),
  });
  const broken = { up: () => Promise.reject(new Error('no such thing')) };
  await expect(migrate(db, 'store', { '1': create('first'), '2': broken })).rejects.toThrow(
    /could not be brought up to date \(2\): no such thing\. Nothing was changed/,
  );
  const tables = () =>
    sql<{ name: string }>`select name from sqlite_master where name in ('first', 'second')`.execute(db);
  expect((await tables()).rows).toEqual([]);
  await migrate(db, 'store', { '1': create('first'), '2': create('second') });
  expect((await tables()).rows).toHaveLength(2);
  await db.destroy();
});
