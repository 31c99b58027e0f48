import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  CompiledQuery,
  SqliteDialect,
  SqliteDriver,
  type DatabaseConnection,
  type Dialect,
  type Driver,
  type SqliteDialectConfig,
  type TransactionSettings,
} from 'kysely';
import { adaptNodeSqlite } from './node-sqlite.ts';

const BUSY_TIMEOUT_MS = 10_000;
const WAL_RETRY_MS = 20;

/**
 * A SQLite database, made with its folder when missing, for several processes at once.
 * @param path of its file, or `:memory:`
 * @param durable a commit survives a power cut (synchronous=FULL); without it the process's death alone (NORMAL)
 */
export async function sqliteDialect(path: string, durable: boolean): Promise<Dialect> {
  if (path !== ':memory:') await mkdir(dirname(path), { recursive: true });
  const database = open(path);
  try {
    await useWal(database);
    database.exec(`pragma synchronous = ${durable ? 'full' : 'normal'}`);
    // Sixteen megabytes between checkpoints, each of which copies pages and waits for the disk.
    database.exec('pragma wal_autocheckpoint = 4000');
  } catch (error) {
    database.close();
    throw new Error(`database ${path}: cannot be opened: ${(error as Error).message}`, { cause: error });
  }
  return new NodeSqliteDialect({ database: adaptNodeSqlite(database) });
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
