import type { Kysely } from 'kysely';
import { columnTypes } from '../../sql/words.ts';
import type { RegistryTables } from '../schema.ts';
import { keepHistory } from './append-only.ts';

/** What people said of blind samples. */
export async function addGradings(db: Kysely<RegistryTables>): Promise<void> {
  const { text, whole } = columnTypes(db);
  await db.schema
    .createTable('gradings')
    .addColumn('promotionId', text, (column) => column.notNull().references('promotions.id'))
    .addColumn('seq', whole, (column) => column.notNull())
    .addColumn('by', text, (column) => column.notNull())
    .addColumn('sample', text, (column) => column.notNull())
    .addColumn('grades', text, (column) => column.notNull())
    .addColumn('updateId', text, (column) => column.notNull())
    .addColumn('at', text, (column) => column.notNull())
    .addPrimaryKeyConstraint('gradingsKey', ['promotionId', 'seq'])
    .addUniqueConstraint('gradingsOnce', ['promotionId', 'updateId'])
    .execute();
  await keepHistory(db, 'gradings', [
    ['promotion_id', 'seq'],
    ['promotion_id', 'update_id'],
  ]);
}
