import { mapConcurrent } from '../../common/concurrent.ts';
import { openDatabase } from '../../sql/database.ts';
import { createRegistry } from '../../registry/store.ts';
import { migrateRegistry } from '../../registry/migrate.ts';
import type { RegistryTables } from '../../registry/schema.ts';

/**
 * One of several processes that move an alias at once: prints the status of each of its moves, which it makes eight at a time.
 * Arguments: database, the version that is expected to serve, and promotions as id=version.
 */
const [url = '', expected = '', ...promotions] = process.argv.slice(2);
const database = await openDatabase<RegistryTables>(url, { durable: true });
await migrateRegistry(database);
const policies = { production: { description: '', approvals: 0, evidence: [] } };
const registry = createRegistry(database, { policies });
const results = await mapConcurrent({
  items: promotions,
  concurrency: 8,
  fn: (promotion) => {
    const [promotionId = '', version = ''] = promotion.split('=');
    return registry.moveAlias({
      model: 'womens-health',
      alias: 'production',
      toVersion: Number(version),
      expectedVersion: Number(expected),
      by: 'the gate',
      why: 'better',
      kind: 'promote',
      promotionId,
      at: '2026-11-23T10:00:00Z',
    });
  },
});
process.stdout.write(results.map(({ status }) => status).join('\n'));
await database.destroy();
