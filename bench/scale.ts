import { startModelServer } from './processes.ts';
import { PAIRS_PER_CHUNK } from './corpus.ts';
import { benchConfig, startSystem } from './system.ts';
import { tableOf } from './tables.ts';

/** From 5,000 pairs to 100,000: memory, history, and the cost of a row. Each size in a system of its own. */
export async function scale(options: { pairs: number[] }): Promise<string> {
  const rows: (string | number)[][] = [];
  let first: number | undefined;
  for (const pairs of options.pairs) {
    const system = await startSystem();
    const server = await startModelServer({ latencyMs: 0, jitterMs: 5 });
    try {
      const warm = benchConfig({ system, name: 'warm', chunks: 20, url: server.url, model: { model: 'warm' } });
      await (await system.build(warm)).result();
      const chunks = pairs / PAIRS_PER_CHUNK;
      const before = system.cpu();
      const startedMs = performance.now();
      const run = await system.build(benchConfig({ system, name: 'scale', chunks, url: server.url }));
      const built = await run.result();
      const seconds = (performance.now() - startedMs) / 1000;
      const cpu = system.cpu().workers - before.workers;
      const { raw } = await system.client.workflow.getHandle(run.workflowId).describe();
      const perRow = (seconds / pairs) * 1000;
      first ??= perRow;
      rows.push([
        pairs,
        built.dataset.kept,
        seconds.toFixed(1),
        perRow.toFixed(2),
        (perRow / first).toFixed(2),
        ((cpu / pairs) * 1000).toFixed(2),
        system.peakMegabytes().toFixed(0),
        String(raw.workflowExecutionInfo?.historyLength),
        (Number(raw.workflowExecutionInfo?.historySizeBytes) / 1e6).toFixed(2),
        Object.entries(built.seconds)
          .map(([stage, s]) => `${stage} ${s.toFixed(1)}`)
          .join(', '),
      ]);
    } finally {
      server.close();
      await system.close();
    }
  }
  const head = [
    'pairs',
    'kept',
    'seconds',
    'ms a row',
    'x first',
    'CPU ms a row',
    'peak MB',
    'events',
    'history MB',
    'stages',
  ];
  return tableOf(head, rows);
}
