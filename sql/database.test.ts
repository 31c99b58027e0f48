import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { sql, type Generated } from 'kysely';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { databasePath, openDatabase, type DatabaseOptions } from './database.ts';

interface Tables {
  item: { id: Generated<number>; name: string; flag: number; parent: number | null };
}

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'whetstone-sql-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function openItems(options?: DatabaseOptions) {
  const db = await openDatabase<Tables>(join(folder, 'deep', 'items.db'), options);
  await sql`create table item (id integer primary key, name text not null, flag integer not null default 0,
    parent integer references item (id))`.execute(db);
  return db;
}

describe('openDatabase', () => {
  it('makes the folder, writes, counts changes, returns inserted rows and streams', async () => {
    const db = await openItems();
    const inserted = await db.insertInto('item').values({ name: 'a', flag: 0, parent: null }).executeTakeFirstOrThrow();
    expect(inserted.insertId).toBe(1n);
    const returned = await db
      .insertInto('item')
      .values({ name: 'b', flag: true as unknown as number, parent: 1 })
      .returning(['id', 'flag'])
      .executeTakeFirstOrThrow();
    expect({ ...returned }).toEqual({ id: 2, flag: 1 });
    const updated = await db.updateTable('item').set({ name: 'c' }).executeTakeFirstOrThrow();
    expect(updated.numUpdatedRows).toBe(2n);
    const streamed: number[] = [];
    for await (const row of db.selectFrom('item').select('id').orderBy('id').stream()) streamed.push(row.id);
    expect(streamed).toEqual([1, 2]);
    await db.destroy();
  });

  it('uses WAL, enforces foreign keys, and syncs fully only when asked to be durable', async () => {
    for (const [options, synchronous] of [
      [{}, 1],
      [{ durable: true }, 2],
    ] as const) {
      const db = await openItems(options);
      const pragma = async (name: string) =>
        Object.values((await sql.raw(`pragma ${name}`).execute(db)).rows[0] as Record<string, unknown>)[0];
      expect(await pragma('journal_mode')).toBe('wal');
      expect(await pragma('synchronous')).toBe(synchronous);
      expect(await pragma('busy_timeout')).toBe(10_000);
      const orphan = db.insertInto('item').values({ name: 'x', flag: 0, parent: 99 }).execute();
      await expect(orphan).rejects.toThrow(/FOREIGN KEY/);
      await sql`drop table item`.execute(db);
      await db.destroy();
    }
  });

  it('rolls a transaction back when it throws', async () => {
    const db = await openItems();
    const failing = db.transaction().execute(async (trx) => {
      await trx.insertInto('item').values({ name: 'a', flag: 0, parent: null }).execute();
      throw new Error('stop');
    });
    await expect(failing).rejects.toThrow('stop');
    expect(await db.selectFrom('item').selectAll().execute()).toEqual([]);
    await db.destroy();
  });

  it('loses no update and raises no error when processes read and write back at once', async () => {
    const path = join(folder, 'counter.db');
    const script = resolve(import.meta.dirname, '../test/fakes/counter-process.ts');
    const run = promisify(execFile);
    await Promise.all([1, 2, 3].map(() => run(process.execPath, [script, path, 'n', '150'])));
    const db = await openDatabase<{ counter: { name: string; value: number } }>(path);
    const row = await db.selectFrom('counter').select('value').executeTakeFirstOrThrow();
    expect(row.value).toBe(450);
    await db.destroy();
  });
});

describe('databasePath', () => {
  it('takes paths and file URLs', () => {
    expect(databasePath(pathToFileURL(join(folder, 'a b.db')).href)).toBe(join(folder, 'a b.db'));
    expect(databasePath('some/file.db')).toBe(resolve('some/file.db'));
    expect(databasePath(':memory:')).toBe(':memory:');
  });

  it('says in plain words what is not supported, without the password', () => {
    expect(() => databasePath('postgres://user:hunter2@db/whetstone')).toThrow(/postgres is not supported yet/);
    expect(() => databasePath('postgres://user:hunter2@db/whetstone')).not.toThrow(/hunter2/);
    expect(() => databasePath('file://relative.db')).toThrow(/three slashes/);
    expect(() => databasePath('')).toThrow(/empty/);
  });
});
