import type { Kysely } from 'kysely';
import { columnTypes } from '../../sql/words.ts';
import type { RegistryTables } from '../schema.ts';
import { keepHistory } from './append-only.ts';

/** Which run works on a model now, and what finished runs were made of. A model has no row anywhere before its first version. */
export async function addRuns(db: Kysely<RegistryTables>): Promise<void> {
  const { text } = columnTypes(db);
  // No history: who holds a model now takes the place of who held it before.
  await db.schema
    .createTable('run_claims')
    .addColumn('model', text, (column) => column.primaryKey().notNull())
    .addColumn('namespace', text, (column) => column.notNull())
    .addColumn('workflow_id', text, (column) => column.notNull())
    .addColumn('run_id', text, (column) => column.notNull())
    .addColumn('at', text, (column) => column.notNull())
    .execute();
  await db.schema
    .createTable('finished_runs')
    .addColumn('run_id', text, (column) => column.primaryKey().notNull())
    .addColumn('model', text, (column) => column.notNull())
    .addColumn('workflow_id', text, (column) => column.notNull())
    .addColumn('made_of', text, (column) => column.notNull())
    .addColumn('outcome', text, (column) => column.notNull())
    .addColumn('at', text, (column) => column.notNull())
    .execute();
  await db.schema
    .createIndex('finished_runs_by_model')
    .on('finished_runs')
    .columns(['model', 'at', 'run_id'])
    .execute();
  await keepHistory(db, 'finished_runs', [['run_id']]);
}
