import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { sql, type Generated } from 'kysely';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { databaseFile, openDatabase, type DatabaseOptions } from './database.ts';

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
});

describe('database URLs', () => {
  it('may be paths and file URLs', () => {
    expect(databaseFile(pathToFileURL(join(folder, 'a b.db')).href)).toBe(join(folder, 'a b.db'));
    expect(databaseFile('some/file.db')).toBe(resolve('some/file.db'));
    expect(databaseFile(':memory:')).toBeUndefined();
    expect(databaseFile('postgres://db/whetstone')).toBeUndefined();
  });

  it.each([
    ['mysql://user:hunter2@db/whetstone', /mysql is not supported, only SQLite and Postgres/],
    ['file://relative.db', /three slashes/],
    ['', /empty/],
    ['postgres:db', /the Postgres URL cannot be read; expected postgres:\/\/user/],
    ['postgres://user:hunter2#@db:5432/whetstone', /the Postgres URL cannot be read/],
  ])('that can not be used (%s) are told in plain words, without the password', async (url, message) => {
    const error = await openDatabase(url).then(String, String);
    expect(error).toMatch(message);
    expect(error).not.toContain('hunter2');
  });
});
