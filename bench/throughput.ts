import type { BareResult } from './bare-loop.ts';
import { runModule, startModelServer } from './processes.ts';
import { percent, tableOf } from './tables.ts';
import { benchConfig, CALLS_PER_CHUNK, PROBES, startSystem } from './system.ts';
import { join } from 'node:path';

/** How close to the model's own speed the whole path comes, beside a bare loop over the same calls. */
const CONCURRENCY = 64;

const HEAD = [
  'latency',
  'what',
  'seconds',
  'of the bound',
  'of the bare loop',
  'CPU s',
  'x bare',
  'peak MB',
  'Temporal CPU s',
];

export async function throughput(options: { chunks: number; latenciesMs: number[] }): Promise<string> {
  const { chunks } = options;
  const calls = chunks * CALLS_PER_CHUNK;
  const rows: string[][] = [];
  const system = await startSystem();
  try {
    for (const latencyMs of options.latenciesMs) {
      const server = await startModelServer({ latencyMs });
      try {
        const bound = (calls / CONCURRENCY) * (latencyMs / 1000);
        const config = benchConfig({ system, name: `bench-${latencyMs}`, chunks, url: server.url });
        // The same warm-up as the bare loop's: the worker is up, its code compiled.
        const warm = benchConfig({
          system,
          name: `warm-${latencyMs}`,
          chunks,
          url: server.url,
          model: { model: 'warm' },
        });
        await (await system.build(warm)).result();

        const bare = await runModule<BareResult>('./bare-loop.ts', {
          url: server.url,
          documents: join(system.root, `documents-${chunks}`),
          concurrency: CONCURRENCY,
        });
        const before = system.cpu();
        const startedMs = performance.now();
        const built = await (await system.build(config)).result();
        const seconds = (performance.now() - startedMs) / 1000;
        const after = system.cpu();
        // Beside them Whetstone asks teacher and judge one small thing each, before it begins.
        if (built.ledger.misses !== calls + PROBES || bare.calls !== calls)
          throw new Error(
            `expected ${calls} calls and ${PROBES} first ones, found ${built.ledger.misses} and ${bare.calls}`,
          );
        const cpu = after.workers - before.workers;
        rows.push(
          [`${latencyMs} ms`, 'bound', bound.toFixed(2), '', '', '', '', '', ''],
          [
            '',
            'bare openai loop',
            bare.seconds.toFixed(2),
            percent(bound / bare.seconds),
            '',
            bare.cpuSeconds.toFixed(1),
            '',
            bare.peakMegabytes.toFixed(0),
            '',
          ],
          [
            '',
            'Whetstone',
            seconds.toFixed(2),
            percent(bound / seconds),
            percent(bare.seconds / seconds),
            cpu.toFixed(1),
            (cpu / bare.cpuSeconds).toFixed(2),
            system.peakMegabytes().toFixed(0),
            (after.temporal - before.temporal).toFixed(1),
          ],
        );
      } finally {
        server.close();
      }
    }
  } finally {
    await system.close();
  }
  return `${calls} calls, ${CONCURRENCY} in flight: ${chunks} chunks generated, ${chunks * (CALLS_PER_CHUNK - 1)} pairs judged\n${tableOf(HEAD, rows)}`;
}
