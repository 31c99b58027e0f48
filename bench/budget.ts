import { setTimeout as sleep } from 'node:timers/promises';
import { DatabaseSync } from 'node:sqlite';
import { startModelServer } from './processes.ts';
import { benchConfig, startSystem } from './system.ts';
import { percent, tableOf } from './tables.ts';
import { WAITING_FOR } from '../contract/messages.ts';

/** Four workers, 64 calls in flight each, one of them killed: the cap is never passed, and is used. */
const WORKERS = 4;
const USD = 1;
const PRICES = { inputPerMillion: 1, outputPerMillion: 4 };

export async function budget(options: { chunks: number }): Promise<string> {
  const { chunks } = options;
  const system = await startSystem({ workers: WORKERS });
  const server = await startModelServer({ latencyMs: 100, jitterMs: 100 });
  try {
    const model = { prices: PRICES, timeoutMs: 2_000 };
    const config = benchConfig({ system, name: 'budget', chunks, url: server.url, model, budget: { usd: USD } });
    const run = await system.build(config);
    const handle = system.client.workflow.getHandle(run.workflowId);
    const [victim = ''] = system.workers;
    let most = 0;
    let killed = false;
    const startedMs = performance.now();
    for (;;) {
      const usd = sumUsd(system.paths.ledger, 'spend');
      most = Math.max(most, usd);
      if (!killed && usd > USD / 2) {
        system.kill(victim);
        killed = true;
      }
      const { status, typedSearchAttributes } = await handle.describe();
      if (typedSearchAttributes.get(WAITING_FOR) === 'budget' || status.name !== 'RUNNING') break;
      await sleep(50);
    }
    // What is in flight when the run begins to wait still settles.
    await sleep(20_000);
    most = Math.max(most, sumUsd(system.paths.ledger, 'spend'));
    const lost = sumUsd(system.paths.ledger, 'reservation');
    const seconds = (performance.now() - startedMs) / 1000;
    const { mostInFlight } = await server.counts();
    await handle.terminate('the benchmark is over');
    const head = [
      'cap',
      'spent',
      'in flight at the death',
      'of the cap',
      'passed',
      'most in flight',
      'workers',
      'killed',
      'seconds',
    ];
    const row = [
      `${USD} USD`,
      `${most.toFixed(6)} USD`,
      `${lost.toFixed(6)} USD`,
      percent((most + lost) / USD),
      most + lost > USD ? 'YES' : 'no',
      mostInFlight,
      WORKERS,
      killed ? 1 : 0,
      seconds.toFixed(1),
    ];
    return tableOf(head, [row]);
  } finally {
    server.close();
    await system.close();
  }
}

/** What was spent, or what is set aside: at the end, for the calls of the worker that died. */
function sumUsd(ledger: string, table: 'spend' | 'reservation'): number {
  const database = new DatabaseSync(ledger, { readOnly: true, timeout: 5_000 });
  try {
    const row = database.prepare(`select sum(cost_nano_usd) as nano from ${table}`).get() as { nano: number | null };
    return (row.nano ?? 0) / 1e9;
  } finally {
    database.close();
  }
}
