import { mkdir } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import {
  CamelCasePlugin,
  CompiledQuery,
  Kysely,
  SqliteDialect,
  SqliteDriver,
  type DatabaseConnection,
  type Driver,
  type SqliteDialectConfig,
  type TransactionSettings,
} from 'kysely';
import { adaptNodeSqlite } from './node-sqlite.ts';

export interface DatabaseOptions {
  /**
   * A commit survives a power cut (synchronous=FULL), for what can't be made again, such as the registry. Without it a
   * commit survives the process's death, and a power cut may lose the last ones, never break the file (NORMAL).
   */
  durable?: boolean;
}

const BUSY_TIMEOUT_MS = 10_000;
const WAL_RETRY_MS = 20;

/**
 * Opens a SQLite database, made with its folder when missing, for several processes at once. Names are camelCase in code and
 * snake_case in SQL.
 * @param url a file path, a `file://` URL, or `:memory:`
 * @throws when the URL names another kind of database
 */
export async function openDatabase<T>(url: string, options: DatabaseOptions = {}): Promise<Kysely<T>> {
  const path = databasePath(url);
  if (path !== ':memory:') await mkdir(dirname(path), { recursive: true });
  const database = open(path);
  try {
    await useWal(database);
    database.exec(`pragma synchronous = ${options.durable ? 'full' : 'normal'}`);
    // Sixteen megabytes between checkpoints, each of which copies pages and waits for the disk.
    database.exec('pragma wal_autocheckpoint = 4000');
  } catch (error) {
    database.close();
    throw new Error(`database ${path}: cannot be opened: ${(error as Error).message}`, { cause: error });
  }
  const dialect = new NodeSqliteDialect({ database: adaptNodeSqlite(database) });
  return new Kysely<T>({ dialect, plugins: [new CamelCasePlugin()] });
}

/** The file that a database URL names, absolute. */
export function databasePath(url: string): string {
  if (url === ':memory:') return url;
  const scheme = /^([a-z][a-z0-9+.-]+):/i.exec(url)?.[1]?.toLowerCase();
  if (scheme === 'file') {
    if (URL.canParse(url) && new URL(url).host === '' && url.startsWith('file:///')) return fileURLToPath(url);
    throw new Error(
      `database URL '${url}': a file URL needs three slashes and an absolute path: file:///path/to/file.db`,
    );
  }
  // A URL may hold a password: only its scheme is shown.
  if (scheme) {
    throw new Error(
      `database URL '${scheme}:…': ${scheme} is not supported yet, only SQLite. ` +
        `Give a file path or file:///path/to/file.db, or leave it unset for the default file.`,
    );
  }
  if (url.trim() === '') throw new Error('database URL: found an empty text, expected a file path or file:// URL');
  return resolve(url);
}

function open(path: string): DatabaseSync {
  try {
    return new DatabaseSync(path, { timeout: BUSY_TIMEOUT_MS, enableForeignKeyConstraints: true });
  } catch (error) {
    throw new Error(`database ${path}: cannot be opened: ${(error as Error).message}`, { cause: error });
  }
}

/** The switch to WAL fails at once, whatever the busy time-out, while another process makes the same switch. */
async function useWal(database: DatabaseSync): Promise<void> {
  for (let waitedMs = 0; ; waitedMs += WAL_RETRY_MS) {
    try {
      database.exec('pragma journal_mode = wal');
      return;
    } catch (error) {
      if (!/locked|busy/i.test((error as Error).message) || waitedMs >= BUSY_TIMEOUT_MS) throw error;
      await sleep(WAL_RETRY_MS);
    }
  }
}

class NodeSqliteDialect extends SqliteDialect {
  readonly #config: SqliteDialectConfig;

  constructor(config: SqliteDialectConfig) {
    super(config);
    this.#config = config;
  }

  override createDriver(): Driver {
    return new ImmediateSqliteDriver(this.#config);
  }
}

/**
 * Takes the write lock when a transaction begins. A plain `begin` takes it at the first write: of two processes that have
 * both read by then, SQLite fails one at once, with no wait, since its reads are stale.
 */
class ImmediateSqliteDriver extends SqliteDriver {
  override async beginTransaction(connection: DatabaseConnection, settings: TransactionSettings = {}): Promise<void> {
    const begin = settings.accessMode === 'read only' ? 'begin' : 'begin immediate';
    await connection.executeQuery(CompiledQuery.raw(begin));
  }
}
