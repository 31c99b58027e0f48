import { setTimeout as sleep } from 'node:timers/promises';
import { startModelServer } from './processes.ts';
import { benchConfig, CALLS_PER_CHUNK, startSystem } from './system.ts';
import { tableOf } from './tables.ts';

/** kill -9 of the worker half-way: what is paid again. */
const CONCURRENCY = 64;

export async function crash(options: { chunks: number }): Promise<string> {
  const { chunks } = options;
  const calls = chunks * CALLS_PER_CHUNK;
  const system = await startSystem();
  const server = await startModelServer({ latencyMs: 100 });
  try {
    const run = await system.build(benchConfig({ system, name: 'crash', chunks, url: server.url }));
    const [worker = ''] = system.workers;
    while ((await server.counts()).received < calls / 2) await sleep(20);
    system.kill(worker);
    const built = await run.result();
    const { received } = await server.counts();
    const head = ['calls needed', 'in flight', 'calls made', 'paid again', 'rows'];
    return tableOf(head, [[calls, CONCURRENCY, received, received - calls, built.dataset.generated]]);
  } finally {
    server.close();
    await system.close();
  }
}
