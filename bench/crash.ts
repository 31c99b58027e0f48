import { setTimeout as sleep } from 'node:timers/promises';
import { startPostgres } from '../test/support/postgres.ts';
import { missingPostgres } from './missing.ts';
import { startModelServer } from './processes.ts';
import { benchConfig, CALLS_PER_CHUNK, PROBES, startSystem } from './system.ts';
import { tableOf } from './tables.ts';

/** kill -9 of the worker half-way: what is paid again, with the ledger in SQLite and in Postgres. */
const CONCURRENCY = 64;

export async function crash(options: { chunks: number }): Promise<string> {
  const missing = missingPostgres();
  const rows = [await killHalfWay({ ...options, database: 'SQLite' })];
  if (missing === undefined) {
    const postgres = await startPostgres({ durable: true });
    try {
      const env = { DATABASE_URL: await postgres.create() };
      rows.push(await killHalfWay({ ...options, database: 'Postgres', env }));
    } finally {
      await postgres.close();
    }
  }
  const head = ['database', 'calls needed', 'in flight', 'calls made', 'paid again', 'rows'];
  return [tableOf(head, rows), ...(missing === undefined ? [] : [missing])].join('\n');
}

async function killHalfWay(options: {
  chunks: number;
  database: string;
  env?: NodeJS.ProcessEnv;
}): Promise<(string | number)[]> {
  const { chunks, database, env } = options;
  const calls = chunks * CALLS_PER_CHUNK + PROBES;
  const system = await startSystem({ ...(env && { env }) });
  const server = await startModelServer({ latencyMs: 100 });
  try {
    const run = await system.build(benchConfig({ system, name: 'crash', chunks, url: server.url }));
    const [worker = ''] = system.workers;
    while ((await server.counts()).received < calls / 2) await sleep(20);
    system.kill(worker);
    const built = await run.result();
    const { received } = await server.counts();
    return [database, calls, CONCURRENCY, received, received - calls, built.dataset.generated];
  } finally {
    server.close();
    await system.close();
  }
}
