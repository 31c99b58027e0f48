import { Runtime, Worker, DefaultLogger, type NativeConnection } from '@temporalio/worker';
import { createActivities } from '../activities/index.ts';
import { resolvePaths } from '../configs/paths.ts';
import { TASK_QUEUE, TRAINING_TASK_QUEUE } from '../workflows/messages.ts';
import type { Trainer } from '../providers/types.ts';
import { connectClient, connectWorker } from './connection.ts';
import { createDependencies } from './dependencies.ts';
import { explain } from './explain.ts';
import { workflowBundle } from './workflow-bundle.ts';
import { watchForOrphans } from './orphans.ts';
import { keepHistory, registerSearchAttributes } from './namespace.ts';

/** The worker process: both task queues by default, or those of WHETSTONE_QUEUES (comma-separated). */

/** Training takes the whole machine: one job at a time. */
const TRAINING_JOBS = 1;
const BATCH_ACTIVITIES = 8;
/** Time to end the batch under way; training is stopped at its last checkpoint. */
const GRACE = '3 seconds';

async function createWorkers(
  connection: NativeConnection,
  namespace: string,
  queues: string[],
): Promise<{ workers: Worker[]; trainers: Trainer[]; close: () => Promise<void> }> {
  const paths = resolvePaths(process.env);
  const { dependencies, close } = await createDependencies({ env: process.env, paths });
  const activities = createActivities(dependencies);
  const common = {
    connection,
    namespace,
    activities,
    shutdownGraceTime: GRACE,
    shutdownForceTime: '20 seconds',
    // Heartbeats carry progress that people watch: pass them on each second, not at 80% of the time-out.
    maxHeartbeatThrottleInterval: '1 second',
    defaultHeartbeatThrottleInterval: '1 second',
  } as const;
  const create: Record<string, () => Promise<Worker>> = {
    [TASK_QUEUE]: async () =>
      Worker.create({
        ...common,
        taskQueue: TASK_QUEUE,
        workflowBundle: await workflowBundle(paths),
        maxConcurrentActivityTaskExecutions: BATCH_ACTIVITIES,
        ...queueRate(process.env),
      }),
    [TRAINING_TASK_QUEUE]: () =>
      Worker.create({ ...common, taskQueue: TRAINING_TASK_QUEUE, maxConcurrentActivityTaskExecutions: TRAINING_JOBS }),
  };
  const workers: Worker[] = [];
  for (const queue of queues) {
    const make = create[queue];
    if (!make)
      throw new Error(`WHETSTONE_QUEUES: unknown task queue '${queue}'; known: ${Object.keys(create).join(', ')}`);
    workers.push(await make());
  }
  return { workers, trainers: Object.values(dependencies.trainers), close };
}

/** Batches of work a second over all workers of the queue, kept by the server: the way to slow many workers down together. */
function queueRate(env: NodeJS.ProcessEnv): { maxTaskQueueActivitiesPerSecond?: number } {
  const text = env.WHETSTONE_QUEUE_RATE;
  if (!text) return {};
  const rate = Number(text);
  if (!Number.isFinite(rate) || rate <= 0)
    throw new Error(`WHETSTONE_QUEUE_RATE: found '${text}', expected a number above 0, such as 0.5`);
  return { maxTaskQueueActivitiesPerSecond: rate };
}

async function watchOrphans(trainers: Trainer[]): Promise<{ stop: () => Promise<void> }> {
  const { client, connection } = await connectClient(process.env);
  const watch = watchForOrphans({ client, trainers, say: (message) => console.warn(message) });
  return {
    stop: async () => {
      await watch.stop();
      await connection.close();
    },
  };
}

async function main(): Promise<void> {
  Runtime.install({ logger: new DefaultLogger('WARN'), shutdownSignals: ['SIGTERM', 'SIGINT'] });
  const { connection, namespace } = await connectWorker(process.env, 120_000);
  try {
    await registerSearchAttributes(connection, namespace);
    if (process.env.WHETSTONE_EMBEDDED_TEMPORAL) await keepHistory(connection, namespace);
    const queues = process.env.WHETSTONE_QUEUES?.split(',') ?? [TASK_QUEUE, TRAINING_TASK_QUEUE];
    const { workers, trainers, close } = await createWorkers(connection, namespace, queues);
    try {
      const orphans = queues.includes(TRAINING_TASK_QUEUE) ? await watchOrphans(trainers) : undefined;
      try {
        await Promise.all(workers.map((worker) => worker.run()));
      } finally {
        await orphans?.stop();
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
