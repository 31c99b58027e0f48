import { openDatabase } from '../../sql/database.ts';
import { createRegistry } from '../../registry/store.ts';
import { migrateRegistry } from '../../registry/migrate.ts';
import type { RegistryTables } from '../../registry/schema.ts';

/** One of several processes that move an alias at once: prints the status of its move. Arguments: database, promotion id, version. */
const [url = '', promotionId = '', version = ''] = process.argv.slice(2);
const database = await openDatabase<RegistryTables>(url, { durable: true });
await migrateRegistry(database);
const policies = { production: { description: '', approvals: 0, evidence: [] } };
const { status } = await createRegistry(database, { policies }).moveAlias({
  model: 'womens-health',
  alias: 'production',
  toVersion: Number(version),
  expectedVersion: 1,
  by: 'the gate',
  why: 'better',
  kind: 'promote',
  promotionId,
  at: '2026-11-23T10:00:00Z',
});
process.stdout.write(status);
await database.destroy();
