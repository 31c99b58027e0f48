import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe } from 'vitest';
import { findPostgres, startPostgres, type PostgresServer } from './postgres.ts';

export interface Databases {
  kind: 'SQLite' | 'Postgres';
  /** The URL of a new, empty database. */
  create: () => Promise<string>;
}

/** Runs one contract over every kind of database: SQLite, and a real Postgres where this machine has its server. */
export function onEachDatabase(name: string, tests: (databases: Databases) => void): void {
  describe(`${name}, in SQLite`, () => {
    let folder: string;
    beforeAll(async () => void (folder = await mkdtemp(join(tmpdir(), 'whetstone-databases-'))));
    afterAll(() => rm(folder, { recursive: true, force: true }));
    tests({ kind: 'SQLite', create: async () => join(folder, `${randomUUID()}.db`) });
  });
  onPostgres(`${name}, in Postgres`, ({ create }) => tests({ kind: 'Postgres', create }));
}

/** Skipped, with the reason in its name, where this machine has no Postgres server. */
export function onPostgres(name: string, tests: (server: Pick<PostgresServer, 'create' | 'restart'>) => void): void {
  const missing = findPostgres() === undefined;
  const why = missing ? ' (skipped: no initdb and postgres on PATH or in the usual folders)' : '';
  describe.skipIf(missing)(`${name}${why}`, () => {
    let server: PostgresServer;
    beforeAll(async () => void (server = await startPostgres()));
    afterAll(() => server?.close());
    afterEach(() => server.clear());
    tests({ create: () => server.create(), restart: () => server.restart() });
  });
}
