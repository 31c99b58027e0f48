import type { Kysely } from 'kysely';
import { columnTypes } from '../../sql/words.ts';
import type { RegistryTables } from '../schema.ts';
import { keepHistory } from './append-only.ts';

/** People's public keys, their ends, and what proved decisions: a nonce is used once. */
export async function addIdentity(db: Kysely<RegistryTables>): Promise<void> {
  const { text, whole } = columnTypes(db);
  await db.schema
    .createTable('signingKeys')
    .addColumn('id', text, (column) => column.primaryKey())
    .addColumn('subject', text, (column) => column.notNull())
    .addColumn('roles', text, (column) => column.notNull())
    .addColumn('publicKey', text, (column) => column.notNull())
    .addColumn('by', text, (column) => column.notNull())
    .addColumn('at', text, (column) => column.notNull())
    .addColumn('expiresAt', text)
    .execute();
  await db.schema
    .createTable('keyRevocations')
    .addColumn('keyId', text, (column) => column.primaryKey().references('signingKeys.id'))
    .addColumn('by', text, (column) => column.notNull())
    .addColumn('why', text, (column) => column.notNull())
    .addColumn('at', text, (column) => column.notNull())
    .execute();
  await db.schema
    .createTable('decisionSignatures')
    .addColumn('nonce', text, (column) => column.primaryKey())
    .addColumn('promotionId', text, (column) => column.notNull())
    .addColumn('seq', whole, (column) => column.notNull())
    .addColumn('keyId', text, (column) => column.notNull().references('signingKeys.id'))
    .addColumn('proof', text, (column) => column.notNull())
    .addUniqueConstraint('decisionSignaturesOnce', ['promotionId', 'seq'])
    .addForeignKeyConstraint('decisionSignaturesDecision', ['promotionId', 'seq'], 'decisions', ['promotionId', 'seq'])
    .execute();
  await keepHistory(db, 'signing_keys', [['id']]);
  await keepHistory(db, 'key_revocations', [['key_id']]);
  await keepHistory(db, 'decision_signatures', [['nonce'], ['promotion_id', 'seq']]);
}
