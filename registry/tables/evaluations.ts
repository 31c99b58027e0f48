import { sql, type Kysely } from 'kysely';
import { columnTypes } from '../../sql/words.ts';
import type { RegistryTables } from '../schema.ts';
import { keepHistory } from './append-only.ts';

/** Evaluations of versions that are registered already, and where a version comes from that no run made. */
export async function addEvaluations(db: Kysely<RegistryTables>): Promise<void> {
  const { text, whole } = columnTypes(db);
  await db.schema.alterTable('versions').addColumn('origin', text).execute();
  await db.schema
    .createTable('evaluations')
    .addColumn('model', text, (column) => column.notNull())
    .addColumn('version', whole, (column) => column.notNull())
    .addColumn('seq', whole, (column) => column.notNull())
    .addColumn('runId', text, (column) => column.notNull())
    .addColumn('evidenceUri', text, (column) => column.notNull())
    .addColumn('evidenceSha256', text, (column) => column.notNull())
    .addColumn('gate', text, (column) => column.notNull())
    .addColumn('made', text, (column) => column.notNull())
    .addColumn('at', text, (column) => column.notNull())
    .addPrimaryKeyConstraint('evaluationsKey', ['model', 'version', 'seq'])
    .addUniqueConstraint('evaluationsOncePerRun', ['model', 'version', 'runId'])
    .addForeignKeyConstraint('evaluationsVersion', ['model', 'version'], 'versions', ['model', 'version'])
    .execute();
  await sql.raw('create index evaluations_by_model on evaluations (model, at)').execute(db);
  await keepHistory(db, 'evaluations', [
    ['model', 'version', 'seq'],
    ['model', 'version', 'run_id'],
  ]);
}
