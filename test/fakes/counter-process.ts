import { openDatabase } from '../../sql/database.ts';
import { transaction } from '../../sql/transaction.ts';
import { takeTurns } from '../../sql/words.ts';

/** Adds to a shared counter by reading it and writing it back, each time in a transaction: argv is database, name, times. */
const [url, name, times] = process.argv.slice(2) as [string, string, string];

const db = await openDatabase<{ counter: { name: string; value: number } }>(url);
await db
  .insertInto('counter')
  .values({ name, value: 0 })
  .onConflict((conflict) => conflict.doNothing())
  .execute();
for (let i = 0; i < Number(times); i++) {
  await transaction(db, async (trx) => {
    await takeTurns(trx, [name]);
    const row = await trx.selectFrom('counter').select('value').where('name', '=', name).executeTakeFirstOrThrow();
    await trx
      .updateTable('counter')
      .set({ value: row.value + 1 })
      .where('name', '=', name)
      .execute();
  });
}
await db.destroy();
