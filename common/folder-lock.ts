import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';

const RETRY_MS = 25;

/**
 * Runs `work` while no other process, and no other caller in this one, holds the folder's lock. The lock is SQLite's on an
 * empty database: the system releases it when its holder dies, so that it can't be left behind.
 * @throws when the lock stays taken for `timeoutMs`
 */
export async function withFolderLock<T>(folder: string, work: () => Promise<T>, timeoutMs = 60_000): Promise<T> {
  await mkdir(folder, { recursive: true });
  const file = path.join(folder, 'lock.db');
  const database = new DatabaseSync(file);
  try {
    database.exec('PRAGMA busy_timeout = 0');
    for (const until = Date.now() + timeoutMs; !tryLock(database); await sleep(RETRY_MS)) {
      if (Date.now() >= until) {
        throw new Error(
          `${file}: still locked by another process after ${timeoutMs} ms; stop that process, or wait for it`,
        );
      }
    }
    return await work();
  } finally {
    database.close();
  }
}

function tryLock(database: DatabaseSync): boolean {
  try {
    database.exec('BEGIN EXCLUSIVE');
    return true;
  } catch (error) {
    const SQLITE_BUSY = 5;
    if ((error as { errcode?: number }).errcode === SQLITE_BUSY) return false;
    throw error;
  }
}
