import { sql, type Kysely } from 'kysely';
import { expect, it } from 'vitest';
import { onPostgres } from '../test/support/databases.ts';
import { openDatabase } from './database.ts';
import { migrate } from './migrate.ts';
import { transaction } from './transaction.ts';

it.each([
  [
    'postgres://ann:hunter2@127.0.0.1:1/whetstone',
    /^Error: Postgres at ann@127.0.0.1:1\/whetstone \(DATABASE_URL\): .*nothing listens there; start/,
  ],
  [
    'postgresql://ann:hunter2@no-such-host.invalid/whetstone',
    /Postgres at ann@no-such-host.invalid\/whetstone \(DATABASE_URL\): .*correct the URL/,
  ],
  [
    'postgres://ann:hunter2@localhost/whetstone?host=/no/such/folder',
    /\/no\/such\/folder\/whetstone \(DATABASE_URL\): .*there is no such socket/,
  ],
])('a server that can not be reached (%s) is told with what to do, without the password', async (url, message) => {
  const said = await openDatabase(url).then(String, String);
  expect(said).toMatch(message);
  expect(said).not.toContain('hunter2');
});

onPostgres('a Postgres server', (server) => {
  it('that lacks the database or the user says what to do', async () => {
    const url = await server.create();
    const other = url.replace('/postgres?', '/missing?');
    await expect(openDatabase(other)).rejects.toThrow(/"missing" does not exist: .* make it with createdb/);
    await expect(openDatabase(url.replace('whetstone@', 'eve@'))).rejects.toThrow(/role "eve" does not exist/);
  });

  it('may start again under an open database', async () => {
    const db = await openDatabase(await server.create());
    await sql`create table item (name text)`.execute(db);
    await server.restart();
    await sql`insert into item values ('a')`.execute(db);
    expect((await sql`select name from item`.execute(db)).rows).toEqual([{ name: 'a' }]);
    await db.destroy();
  });

  it('ends one of two transactions that wait for each other, and it is tried again', async () => {
    const db = await openDatabase<{ item: { name: string; value: number } }>(await server.create());
    await sql`create table item (name text, value integer)`.execute(db);
    await sql`insert into item values ('a', 0), ('b', 0)`.execute(db);
    let met = 0;
    const both = Promise.withResolvers<void>();
    let tries = 0;
    const add = (names: string[]) =>
      transaction(db, async (trx) => {
        tries++;
        for (const name of names) {
          await trx
            .updateTable('item')
            .set((eb) => ({ value: eb('value', '+', 1) }))
            .where('name', '=', name)
            .execute();
          if (++met === 2) both.resolve();
          await both.promise;
        }
      });
    await Promise.all([add(['a', 'b']), add(['b', 'a'])]);
    expect(tries).toBe(3);
    expect((await sql`select name, value from item order by name`.execute(db)).rows).toEqual([
      { name: 'a', value: 2 },
      { name: 'b', value: 2 },
    ]);
    await db.destroy();
  });

  it('migrates the schema of its search path, whatever other schemas hold, by many at once', async () => {
    const places = [await server.create(), await server.create()];
    let made = 0;
    const migrations = {
      '0001_item': {
        up: async (db: Kysely<unknown>) => {
          made++;
          await sql`create table item (name text)`.execute(db);
        },
      },
    };
    for (const place of places) {
      const databases = await Promise.all([1, 2, 3].map(() => openDatabase(place)));
      await Promise.all(databases.map((db) => migrate(db, 'items', migrations)));
      await Promise.all(databases.map((db) => db.destroy()));
    }
    expect(made).toBe(2);
    for (const place of places) {
      const db = await openDatabase(place);
      expect((await sql`select name from item`.execute(db)).rows).toEqual([]);
      await db.destroy();
    }
  });
});
