import { parseArgs } from 'node:util';
import { DefaultLogger, Runtime } from '@temporalio/worker';
import { resolvePaths } from '../configs/paths.ts';
import { connectWorker } from '../operations/connection.ts';
import { explain } from './cli/explain.ts';
import { createWorkers } from './create-workers.ts';
import { readQueues } from './queues.ts';
import { startSinks } from './start-sinks.ts';
import { keepHistory, registerSearchAttributes } from './system/namespace.ts';
import { stopAll } from './system/orphans.ts';
import { watchLost } from './system/watch-lost.ts';

/** The worker process: `--queue NAME` for each queue that it serves; all of them when none is named. */

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { queue: { type: 'string', multiple: true, default: [] } } });
  const queues = readQueues(values.queue);
  Runtime.install({ logger: new DefaultLogger('WARN'), shutdownSignals: ['SIGTERM', 'SIGINT'] });
  // The first signal lets the workers end their work; a service manager may send the next to each process of ours, and it must not cut that short.
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, () => {});
  const { env } = process;
  const say = (message: string) => console.warn(message);
  const { connection, namespace } = await connectWorker(env, 120_000);
  try {
    if (queues.includes('control')) {
      await registerSearchAttributes(connection, namespace);
      if (env.WHETSTONE_EMBEDDED_TEMPORAL) await keepHistory(connection, namespace);
    }
    const paths = resolvePaths(env);
    const { workers, dependencies, close } = await createWorkers({ connection, namespace, env, paths, queues, say });
    try {
      const lost = await watchLost({ dependencies, env, say });
      try {
        const sinks = await startSinks({ control: dependencies.control, env, paths, say });
        try {
          await Promise.all(workers.map((worker) => worker.run()));
        } finally {
          await sinks.stop();
        }
      } finally {
        await lost.stop();
        // Between two looks, no activity could stop them.
        if (dependencies.training) await stopAll(Object.values(dependencies.training.trainers));
      }
    } finally {
      await close();
    }
  } finally {
    await connection.close();
  }
}

main().catch((error: unknown) => {
  console.error(explain(error));
  process.exitCode = 1;
});
