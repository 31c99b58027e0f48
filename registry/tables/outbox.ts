import type { Kysely } from 'kysely';
import { columnTypes } from '../../sql/words.ts';
import { tellRow } from '../outbox/append.ts';
import type { RegistryTables } from '../schema.ts';
import { keepHistory } from './append-only.ts';

/**
 * What others are told of, and how far each of them has been told. What happened before is told to those who want all of it, in the order
 * of its seals.
 */
export async function addOutbox(db: Kysely<RegistryTables>): Promise<void> {
  const { text, whole } = columnTypes(db);
  await db.schema
    .createTable('outbox')
    .addColumn('seq', whole, (column) => column.primaryKey())
    .addColumn('id', text, (column) => column.notNull().unique())
    .addColumn('type', text, (column) => column.notNull())
    .addColumn('model', text, (column) => column.notNull())
    .addColumn('alias', text)
    .addColumn('at', text, (column) => column.notNull())
    .addColumn('data', text, (column) => column.notNull())
    .execute();
  await keepHistory(db, 'outbox', [['seq'], ['id']]);
  await db.schema
    .createTable('outboxSinks')
    .addColumn('name', text, (column) => column.primaryKey())
    .addColumn('position', whole, (column) => column.notNull())
    .addColumn('attempts', whole, (column) => column.notNull())
    .addColumn('failingSinceMs', whole)
    .addColumn('nextMs', whole, (column) => column.notNull())
    .addColumn('lastError', text)
    .addColumn('deliveredMs', whole)
    .addColumn('disabledWhy', text)
    .addColumn('leaseOwner', text)
    .addColumn('leaseMs', whole, (column) => column.notNull())
    .execute();
  await db.schema
    .createTable('outboxLetters')
    .addColumn('sink', text, (column) => column.notNull())
    .addColumn('seq', whole, (column) => column.notNull().references('outbox.seq'))
    .addColumn('state', text, (column) => column.notNull())
    .addColumn('attempts', whole, (column) => column.notNull())
    .addColumn('error', text, (column) => column.notNull())
    .addColumn('sinceMs', whole, (column) => column.notNull())
    .addPrimaryKeyConstraint('outboxLettersKey', ['sink', 'seq'])
    .execute();
  await tellHistory(db);
}

/** By the tables of then: those that came later hold nothing yet. */
async function tellHistory(db: Kysely<RegistryTables>): Promise<void> {
  for (const { name: model } of await db.selectFrom('models').select('name').orderBy('name').execute()) {
    const rows = new Map<string, Parameters<typeof tellRow>[1]>();
    const add = (row: Parameters<typeof tellRow>[1]) => rows.set(row.subject, row);
    for (const row of await db.selectFrom('versions').selectAll().where('model', '=', model).execute())
      add({ table: 'versions', row, subject: `versions ${row.version}` });
    for (const row of await db.selectFrom('versionBlocks').selectAll().where('model', '=', model).execute())
      add({ table: 'versionBlocks', row, subject: `versionBlocks ${row.version} ${row.seq}` });
    for (const row of await db.selectFrom('aliasMoves').selectAll().where('model', '=', model).execute())
      add({ table: 'aliasMoves', row, subject: `aliasMoves ${row.alias} ${row.seq}` });
    const seals = await db.selectFrom('seals').select('subject').where('model', '=', model).orderBy('seq').execute();
    for (const { subject } of seals) {
      const row = rows.get(subject);
      if (row) await tellRow(db, row);
    }
  }
}
