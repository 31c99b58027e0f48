import type { Kysely } from 'kysely';
import { columnTypes } from '../../sql/words.ts';
import type { RegistryTables } from '../schema.ts';
import { rowsOf, sealAll } from '../seals.ts';
import { keepHistory } from './append-only.ts';

/** A chain of hashes over all that happened; what is there already is sealed as it stands. */
export async function sealHistory(db: Kysely<RegistryTables>): Promise<void> {
  const { text, whole } = columnTypes(db);
  await db.schema
    .createTable('seals')
    .addColumn('model', text, (column) => column.notNull().references('models.name'))
    .addColumn('seq', whole, (column) => column.notNull())
    .addColumn('subject', text, (column) => column.notNull())
    .addColumn('sha256', text, (column) => column.notNull())
    .addColumn('link', text, (column) => column.notNull())
    .addPrimaryKeyConstraint('sealsKey', ['model', 'seq'])
    .addUniqueConstraint('sealsOncePerRow', ['model', 'subject'])
    .execute();
  await keepHistory(db, 'seals', [
    ['model', 'seq'],
    ['model', 'subject'],
  ]);
  for (const { name } of await db.selectFrom('models').select('name').execute())
    await sealAll(db, name, await rowsOf(db, name, ['evaluations', 'gradings']));
}
