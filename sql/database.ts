import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { CamelCasePlugin, Kysely } from 'kysely';
import { isPostgresUrl, postgresDialect } from './postgres.ts';
import { sqliteDialect } from './sqlite.ts';

export interface DatabaseOptions {
  /**
   * A commit survives a power cut, for what can't be made again, such as the registry. Without it a commit survives the process's
   * death, and a power cut may lose the last ones, never break the file. On Postgres its server says what a commit survives.
   */
  durable?: boolean;
}

/**
 * Opens a database for several processes at once. Names are camelCase in code and snake_case in SQL.
 * @param url a file path, a `file://` URL or `:memory:` for SQLite, a `postgres://` URL for Postgres
 * @throws Error that says what to do where the URL is no such thing, or the server can't be reached
 */
export async function openDatabase<T>(url: string, { durable = false }: DatabaseOptions = {}): Promise<Kysely<T>> {
  const dialect = isPostgresUrl(url) ? await postgresDialect(url) : await sqliteDialect(databasePath(url), durable);
  return new Kysely<T>({ dialect, plugins: [new CamelCasePlugin()] });
}

/** The SQLite file that a database URL names; undefined where there is none. */
export function databaseFile(url: string): string | undefined {
  return isPostgresUrl(url) || url === ':memory:' ? undefined : databasePath(url);
}

/** The SQLite file that a database URL names, absolute. */
function databasePath(url: string): string {
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
      `database URL '${scheme}:…': ${scheme} is not supported, only SQLite and Postgres. ` +
        `Give a file path, file:///path/to/file.db, or postgres://user:password@host:5432/database`,
    );
  }
  if (url.trim() === '')
    throw new Error('database URL: found an empty text, expected a file path, a file:// URL or a postgres:// URL');
  return resolve(url);
}
