import pg from 'pg';
import { afterAll, afterEach, beforeAll, describe } from 'vitest';
import { indexContract } from './support/index-contract.ts';
import { copyPgvector } from './support/pgvector.ts';
import { startPostgres, type PostgresServer } from './support/postgres.ts';

describe('an index in Postgres with pgvector', () => {
  let server: PostgresServer;
  let remove: () => Promise<void>;
  beforeAll(async () => {
    const copy = await copyPgvector();
    remove = copy.remove;
    server = await startPostgres({ programs: copy.programs });
    // Once for all schemas, each of which would take it along when it is dropped.
    const client = new pg.Client({ connectionString: await server.create() });
    await client.connect();
    await client.query('create extension vector schema public');
    await client.end();
  });
  afterAll(async () => {
    await server?.close();
    await remove?.();
  });
  afterEach(() => server.clear());
  indexContract(() => server.create());
});
