import { sql } from 'kysely';
import { openDatabase } from '../../sql/database.ts';

/** Adds to a shared counter by reading it and writing it back, each time in a transaction: argv is file, name, times. */
const [path, name, times] = process.argv.slice(2) as [string, string, string];

const db = await openDatabase<{ counter: { name: string; value: number } }>(path);
await sql`create table if not exists counter (name text primary key, value integer not null)`.execute(db);
await db
  .insertInto('counter')
  .values({ name, value: 0 })
  .onConflict((conflict) => conflict.doNothing())
  .execute();
for (let i = 0; i < Number(times); i++) {
  await db.transaction().execute(async (trx) => {
    const row = await trx.selectFrom('counter').select('value').where('name', '=', name).executeTakeFirstOrThrow();
    await trx
      .updateTable('counter')
      .set({ value: row.value + 1 })
      .where('name', '=', name)
      .execute();
  });
}
await db.destroy();
