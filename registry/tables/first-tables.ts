import type { Kysely } from 'kysely';
import { columnTypes } from '../../sql/words.ts';
import type { RegistryTables } from '../schema.ts';

/** Only what is missing: registries of before the first migration have these tables. */
export async function createTables(db: Kysely<RegistryTables>): Promise<void> {
  const { schema } = db;
  const { text, whole, real } = columnTypes(db);
  await schema
    .createTable('models')
    .ifNotExists()
    .addColumn('name', text, (column) => column.primaryKey())
    .addColumn('revision', whole, (column) => column.notNull())
    .execute();
  await schema
    .createTable('versions')
    .ifNotExists()
    .addColumn('model', text, (column) => column.notNull().references('models.name'))
    .addColumn('version', whole, (column) => column.notNull())
    .addColumn('candidate', text, (column) => column.notNull())
    .addColumn('runId', text, (column) => column.notNull())
    .addColumn('base', text, (column) => column.notNull())
    .addColumn('weightsUri', text, (column) => column.notNull())
    .addColumn('weightsSha256', text, (column) => column.notNull())
    .addColumn('systemPrompt', text, (column) => column.notNull())
    .addColumn('sampling', text, (column) => column.notNull())
    .addColumn('datasetVersion', text)
    .addColumn('evidenceUri', text)
    .addColumn('evidenceSha256', text)
    .addColumn('createdAt', text, (column) => column.notNull())
    .addPrimaryKeyConstraint('versionsKey', ['model', 'version'])
    .addUniqueConstraint('versionsOncePerRun', ['model', 'runId', 'candidate', 'weightsSha256'])
    .execute();
  await schema
    .createTable('versionBlocks')
    .ifNotExists()
    .addColumn('model', text, (column) => column.notNull())
    .addColumn('version', whole, (column) => column.notNull())
    .addColumn('seq', whole, (column) => column.notNull())
    .addColumn('action', text, (column) => column.notNull())
    .addColumn('by', text, (column) => column.notNull())
    .addColumn('why', text, (column) => column.notNull())
    .addColumn('at', text, (column) => column.notNull())
    .addPrimaryKeyConstraint('versionBlocksKey', ['model', 'version', 'seq'])
    .addForeignKeyConstraint('versionBlocksVersion', ['model', 'version'], 'versions', ['model', 'version'])
    .execute();
  await schema
    .createTable('aliasMoves')
    .ifNotExists()
    .addColumn('model', text, (column) => column.notNull())
    .addColumn('alias', text, (column) => column.notNull())
    .addColumn('seq', whole, (column) => column.notNull())
    .addColumn('fromVersion', whole)
    .addColumn('toVersion', whole, (column) => column.notNull())
    .addColumn('kind', text, (column) => column.notNull())
    .addColumn('by', text, (column) => column.notNull())
    .addColumn('why', text, (column) => column.notNull())
    .addColumn('requestId', text, (column) => column.notNull().unique())
    .addColumn('at', text, (column) => column.notNull())
    .addPrimaryKeyConstraint('aliasMovesKey', ['model', 'alias', 'seq'])
    .addForeignKeyConstraint('aliasMovesVersion', ['model', 'toVersion'], 'versions', ['model', 'version'])
    .execute();
  await schema
    .createTable('promotions')
    .ifNotExists()
    .addColumn('id', text, (column) => column.primaryKey())
    .addColumn('model', text, (column) => column.notNull())
    .addColumn('version', whole, (column) => column.notNull())
    .addColumn('alias', text, (column) => column.notNull())
    .addColumn('expectedVersion', whole)
    .addColumn('evidenceSha256', text)
    .addColumn('gateDecision', text)
    .addColumn('reasons', text, (column) => column.notNull())
    .addColumn('approvalsNeeded', whole, (column) => column.notNull())
    .addColumn('state', text, (column) => column.notNull())
    .addColumn('createdAt', text, (column) => column.notNull())
    .addForeignKeyConstraint('promotionsVersion', ['model', 'version'], 'versions', ['model', 'version'])
    .execute();
  await schema
    .createTable('decisions')
    .ifNotExists()
    .addColumn('promotionId', text, (column) => column.notNull().references('promotions.id'))
    .addColumn('seq', whole, (column) => column.notNull())
    .addColumn('decision', text, (column) => column.notNull())
    .addColumn('by', text, (column) => column.notNull())
    .addColumn('why', text, (column) => column.notNull())
    .addColumn('updateId', text, (column) => column.notNull())
    .addColumn('at', text, (column) => column.notNull())
    .addPrimaryKeyConstraint('decisionsKey', ['promotionId', 'seq'])
    .addUniqueConstraint('decisionsOncePerUpdate', ['promotionId', 'updateId'])
    .execute();
  await schema
    .createTable('calibrations')
    .ifNotExists()
    .addColumn('judge', text, (column) => column.notNull())
    .addColumn('version', text, (column) => column.notNull())
    .addColumn('labelsSha256', text, (column) => column.notNull())
    .addColumn('labels', whole, (column) => column.notNull())
    .addColumn('agreement', real, (column) => column.notNull())
    .addColumn('kappa', real, (column) => column.notNull())
    .addColumn('low', real, (column) => column.notNull())
    .addColumn('high', real, (column) => column.notNull())
    .addColumn('confidence', real, (column) => column.notNull())
    .addColumn('falsePositives', whole, (column) => column.notNull())
    .addColumn('falseNegatives', whole, (column) => column.notNull())
    .addColumn('humanPasses', whole, (column) => column.notNull())
    .addColumn('by', text, (column) => column.notNull())
    .addColumn('at', text, (column) => column.notNull())
    .addPrimaryKeyConstraint('calibrationsKey', ['judge', 'version', 'labelsSha256'])
    .execute();
}
