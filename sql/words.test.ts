import { execFile } from 'node:child_process';
import { resolve } from 'node:path';
import { promisify } from 'node:util';
import { sql, type Generated, type Kysely } from 'kysely';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { onEachDatabase } from '../test/support/databases.ts';
import { openDatabase } from './database.ts';
import { transaction } from './transaction.ts';
import { columnTypes, holds, listOf, rowsAStatement, rowsOf, takeTurns } from './words.ts';

interface Tables {
  item: { id: Generated<number>; shortName: string; amount: number; share: number };
  counter: { name: string; value: number };
}

onEachDatabase('a database', ({ create }) => {
  let url: string;
  let db: Kysely<Tables>;
  beforeEach(async () => {
    url = await create();
    db = await openDatabase<Tables>(url);
    const { text, whole, real, rowId } = columnTypes(db);
    await db.schema
      .createTable('item')
      .addColumn('id', whole, rowId)
      .addColumn('shortName', text)
      .addColumn('amount', whole)
      .addColumn('share', real)
      .execute();
    await db.schema
      .createTable('counter')
      .addColumn('name', text, (column) => column.primaryKey())
      .addColumn('value', whole)
      .execute();
  });
  afterEach(() => db.destroy());

  const add = (...names: string[]) =>
    db
      .insertInto('item')
      .values(names.map((shortName) => ({ shortName, amount: 1, share: 0.1 })))
      .execute();
  const names = async (query = db.selectFrom('item')) =>
    (await query.select('shortName').orderBy('shortName').execute()).map(({ shortName }) => shortName);

  it('gives numbers as they were, sums and counts too', async () => {
    const amount = 9_000_000_000_001;
    for (const share of [0.1, 1 / 3]) await db.insertInto('item').values({ shortName: 'a', amount, share }).execute();
    expect(await db.selectFrom('item').select(['id', 'amount', 'share']).orderBy('id').execute()).toEqual([
      { id: 1, amount, share: 0.1 },
      { id: 2, amount, share: 1 / 3 },
    ]);
    const { rows } = await sql`select count(*) as number, sum(amount) as total, avg(amount) as mean from item`.execute(
      db,
    );
    expect(rows).toEqual([{ number: 2, total: 2 * amount, mean: amount }]);
  });

  it('takes many rows in one statement, of texts with any letters in them', async () => {
    const texts = ['{"a": [1, "b\\n"]}', "it's", '', 'null', '\u00e9\ud83d\ude00', '{}', ',', '\\', '"'];
    const rows = Array.from({ length: rowsAStatement(db) }, (_, i) => ({ text: `${texts[i % texts.length]}`, i }));
    const values = rowsOf(db, rows, [
      { type: 'text', value: ({ text }) => text },
      { type: 'bigint', value: ({ i }) => 9_000_000_000_000 + i },
      { type: 'bigint', value: () => 0 },
    ]);
    const { rows: ids } = await sql<{ id: number }>`
      insert into item (short_name, amount, share) ${values} returning id`.execute(db);
    // As the ledger takes them for the rows' own.
    const sorted = ids.map(({ id }) => id).sort((one, other) => one - other);
    const kept = await db.selectFrom('item').select(['id', 'shortName', 'amount']).orderBy('id').execute();
    expect(kept).toEqual(
      rows.map(({ text, i }) => ({ id: sorted[i], shortName: text, amount: 9_000_000_000_000 + i })),
    );
    const { rows: found } = await sql`select amount from item where id in ${listOf(db, sorted.slice(0, 2))}`.execute(
      db,
    );
    expect(found).toHaveLength(2);
    const { rows: none } = await sql`select amount from item where short_name in ${listOf(db, [])}`.execute(db);
    expect(none).toEqual([]);
  });

  it('counts what was changed, and gives back what was inserted', async () => {
    await add('a', 'b');
    const { id } = await db
      .insertInto('item')
      .values({ shortName: 'c', amount: 1, share: 1 })
      .returning('id')
      .executeTakeFirstOrThrow();
    expect(id).toBe(3);
    expect(await db.updateTable('item').set({ amount: 2 }).where('id', '>', 1).executeTakeFirst()).toMatchObject({
      numUpdatedRows: 2n,
    });
    const { numAffectedRows } = await sql`delete from item where amount = 2`.execute(db);
    expect(numAffectedRows).toBe(2n);
  });

  it('finds texts in a list of any length, whatever is in them', async () => {
    const odd = [`it's`, 'a"b', '{x,y}', 'back\\slash', 'naïve 😀', ''];
    await add(...odd, 'other');
    const found = names(db.selectFrom('item').where('shortName', 'in', listOf(db, odd) as never));
    expect((await found).toSorted()).toEqual(odd.toSorted());
    expect(await names(db.selectFrom('item').where('shortName', 'in', listOf(db, []) as never))).toEqual([]);
  });

  it('finds a part of a text letter by letter', async () => {
    await add('100%_sure', '100 Xsure', '100%_SURE');
    expect(await names(db.selectFrom('item').where(holds(db, 'short_name', '%_sure')))).toEqual(['100%_sure']);
  });

  it('orders texts by their bytes', async () => {
    await add('b-1', 'B', 'a', 'b1', 'Ä');
    expect(await names()).toEqual(['B', 'a', 'b-1', 'b1', 'Ä']);
  });

  it('keeps nothing of a transaction that throws', async () => {
    const failing = transaction(db, async (trx) => {
      await trx.insertInto('item').values({ shortName: 'a', amount: 1, share: 1 }).execute();
      throw new Error('stop');
    });
    await expect(failing).rejects.toThrow('stop');
    expect(await names()).toEqual([]);
  });

  it('loses no update when processes that take turns read and write back at once', async () => {
    const script = resolve(import.meta.dirname, '../test/fakes/counter-process.ts');
    const run = promisify(execFile);
    await Promise.all([1, 2, 3].map(() => run(process.execPath, [script, url, 'n', '150'])));
    expect(await db.selectFrom('counter').selectAll().execute()).toEqual([{ name: 'n', value: 450 }]);
  });

  it('gives turns of several names to several transactions, in whatever order they ask', async () => {
    await db.insertInto('counter').values({ name: 'n', value: 0 }).execute();
    const orders = [
      ['a', 'b', 'c'],
      ['c', 'b'],
      ['b', 'a', 'b'],
      ['c', 'b', 'a'],
    ];
    const adding = Array.from({ length: 40 }, (_, i) =>
      transaction(db, async (trx) => {
        await takeTurns(trx, orders[i % orders.length]!);
        const { value } = await trx.selectFrom('counter').selectAll().executeTakeFirstOrThrow();
        await trx
          .updateTable('counter')
          .set({ value: value + 1 })
          .execute();
      }),
    );
    await Promise.all(adding);
    expect(await db.selectFrom('counter').select('value').execute()).toEqual([{ value: 40 }]);
  });
});
