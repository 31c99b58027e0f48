import type { Kysely } from 'kysely';
import { columnTypes } from '../../sql/words.ts';
import type { RegistryTables } from '../schema.ts';
import { keepHistory } from './append-only.ts';

/** Keys that ask the gateway, with the groups that they may see passages of, and their ends. */
export async function addAccessKeys(db: Kysely<RegistryTables>): Promise<void> {
  const { text } = columnTypes(db);
  await db.schema
    .createTable('accessKeys')
    .addColumn('id', text, (column) => column.primaryKey())
    .addColumn('subject', text, (column) => column.notNull())
    .addColumn('groups', text, (column) => column.notNull())
    .addColumn('secretSha256', text, (column) => column.notNull())
    .addColumn('by', text, (column) => column.notNull())
    .addColumn('at', text, (column) => column.notNull())
    .addColumn('expiresAt', text)
    .execute();
  await db.schema
    .createTable('accessKeyRevocations')
    .addColumn('keyId', text, (column) => column.primaryKey().references('accessKeys.id'))
    .addColumn('by', text, (column) => column.notNull())
    .addColumn('why', text, (column) => column.notNull())
    .addColumn('at', text, (column) => column.notNull())
    .execute();
  await keepHistory(db, 'access_keys', [['id']]);
  await keepHistory(db, 'access_key_revocations', [['key_id']]);
}
