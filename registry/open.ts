import { openDatabase } from '../sql/database.ts';
import { migrateRegistry } from './migrate.ts';
import type { RegistryTables } from './schema.ts';
import type { PolicySource } from './rules/policies.ts';
import { createRegistry, type Registry } from './store.ts';

export interface OpenRegistry {
  registry: Registry;
  close: () => Promise<void>;
}

/**
 * Opens the registry; it needs no worker and no server.
 * @param options.url a SQLite file, made when missing, or a `postgres://` URL
 * @param options.policies as `createRegistry` takes them: without, nothing is promoted
 */
export async function openRegistry(options: {
  url: string;
  policies?: PolicySource | undefined;
}): Promise<OpenRegistry> {
  const { url, policies } = options;
  const database = await openDatabase<RegistryTables>(url, { durable: true });
  try {
    await migrateRegistry(database);
  } catch (error) {
    await database.destroy();
    throw error;
  }
  return { registry: createRegistry(database, { policies }), close: () => database.destroy() };
}

/** Works with a registry, and closes it. @param options as openRegistry takes them */
export async function withRegistry<T>(
  options: Parameters<typeof openRegistry>[0],
  work: (registry: Registry) => Promise<T>,
): Promise<T> {
  const { registry, close } = await openRegistry(options);
  try {
    return await work(registry);
  } finally {
    await close();
  }
}
