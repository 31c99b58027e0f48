import type { Kysely } from 'kysely';
import { migrateRegistry } from '../../registry/migrate.ts';
import type { PolicySource } from '../../registry/rules/policies.ts';
import type { RegistryTables } from '../../registry/schema.ts';
import { createRegistry, type Registry } from '../../registry/store.ts';
import { openDatabase } from '../../sql/database.ts';

type NewVersion = Parameters<Registry['registerVersion']>[0];

/** A registry in a new database. */
export async function makeRegistry(
  url: string,
  policies: PolicySource,
): Promise<{ db: Kysely<RegistryTables>; registry: Registry }> {
  const db = await openDatabase<RegistryTables>(url);
  await migrateRegistry(db);
  return { db, registry: createRegistry(db, { policies }) };
}

/** A version of `demo`, where no more counts than which candidate it is and when it came. */
export const versionOf = (candidate: string, more: Partial<NewVersion> & Pick<NewVersion, 'at'>): NewVersion => ({
  model: 'demo',
  candidate,
  runId: candidate,
  base: 'b',
  ref: { uri: `file:///${candidate}`, sha256: candidate },
  systemPrompt: '',
  sampling: { temperature: 0, maxTokens: 96 },
  ...more,
});
