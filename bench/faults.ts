import { startModelServer } from './processes.ts';
import { benchConfig, startSystem } from './system.ts';
import { percent, tableOf } from './tables.ts';

/** A server that fails in 5 of 100 calls, answers nonsense in 2, and takes 300 a second: nothing is lost, and the limit is used. */
const PER_SECOND = 300;

export async function faults(options: { chunks: number }): Promise<string> {
  const { chunks } = options;
  const system = await startSystem();
  const rows: string[][] = [];
  try {
    for (const told of ['config', 'headers', 'nobody'] as const) {
      const server = await startModelServer({
        latencyMs: 50,
        jitterMs: 100,
        shares: { errors: 0.05, malformed: 0.02, drops: 0.005 },
        perSecond: PER_SECOND,
        tellsLimit: told === 'headers',
      });
      try {
        const model = told === 'config' ? { requestsPerMinute: PER_SECOND * 60 } : {};
        const config = benchConfig({ system, name: `faults-${told}`, chunks, url: server.url, model });
        const startedMs = performance.now();
        const built = await (await system.build(config)).result();
        const seconds = (performance.now() - startedMs) / 1000;
        const { statuses, malformed, received, seconds: calling } = await server.counts();
        const refused = statuses['429'] ?? 0;
        const taken = received - refused;
        const { generated, kept, rejected } = built.dataset;
        const accounted = kept + Object.values(rejected).reduce((sum, count) => sum + count, 0);
        rows.push([
          told,
          String(received),
          seconds.toFixed(1),
          calling.toFixed(1),
          percent(taken / calling / PER_SECOND),
          percent(refused / received),
          String(statuses['500'] ?? 0),
          String(statuses['0'] ?? 0),
          String(malformed),
          `${generated} = ${accounted}`,
          JSON.stringify(rejected),
        ]);
      } finally {
        server.close();
      }
    }
  } finally {
    await system.close();
  }
  const head = [
    'limit told by',
    'calls',
    'seconds',
    'calling',
    'of the limit',
    '429',
    '500',
    'dropped',
    'malformed',
    'rows = kept + rejected',
    'rejected',
  ];
  return `${chunks} chunks, ${PER_SECOND} requests a second allowed, 64 in flight\n${tableOf(head, rows)}`;
}
