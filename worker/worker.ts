import { Runtime, Worker, DefaultLogger, type NativeConnection } from '@temporalio/worker';
import { createActivities } from '../activities/index.ts';
import { resolvePaths } from '../configs/paths.ts';
import { TASK_QUEUE, TRAINING_TASK_QUEUE } from '../contract/messages.ts';
import type { Dependencies } from '../activities/dependencies.ts';
import { connectClient, connectWorker } from '../operations/connection.ts';
import { createDependencies } from './dependencies.ts';
import { explain } from './cli/explain.ts';
import { workflowBundle } from './workflow-bundle.ts';
import { closeLostPromotions } from './system/lost-promotions.ts';
import { stopAll, stopOrphans, watchForLost } from './system/orphans.ts';
import { keepHistory, registerSearchAttributes } from './system/namespace.ts';

/** The worker process: both task queues by default, or those of WHETSTONE_QUEUES (comma-separated). */

/** Jobs that are prepared, looked at and kept at once; which of them may take the machine is for the trainer to say. */
const TRAINING_ACTIVITIES = 8;
const BATCH_ACTIVITIES = 8;
/** Time to end the batch under way; training is stopped at its last checkpoint. */
const GRACE = '3 seconds';

async function createWorkers(
  connection: NativeConnection,
  namespace: string,
  queues: string[],
): Promise<{ workers: Worker[]; dependencies: Dependencies; close: () => Promise<void> }> {
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
      Worker.create({
        ...common,
        taskQueue: TRAINING_TASK_QUEUE,
        maxConcurrentActivityTaskExecutions: TRAINING_ACTIVITIES,
      }),
  };
  const workers: Worker[] = [];
  for (const queue of queues) {
    const make = create[queue];
    if (!make)
      throw new Error(`WHETSTONE_QUEUES: unknown task queue '${queue}'; known: ${Object.keys(create).join(', ')}`);
    workers.push(await make());
  }
  return { workers, dependencies, close };
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

/** Watches for what a run that was terminated leaves behind: training that goes on, and promotions that the registry holds open. */
async function watchLost(
  { trainers, registry, now }: Dependencies,
  queues: string[],
): Promise<{ stop: () => Promise<void> }> {
  const { client, connection } = await connectClient(process.env);
  const training = async () => {
    const keys = await stopOrphans({ client, trainers: Object.values(trainers) });
    return keys.map((key) => `stopped training job ${key}: its run is over`);
  };
  const promotions = async () => {
    const ids = await closeLostPromotions({ client, registry, now });
    return ids.map((id) => `closed promotion ${id}: its workflow is over`);
  };
  const watch = watchForLost({
    looks: {
      ...(queues.includes(TRAINING_TASK_QUEUE) && { 'training jobs without a run': training }),
      ...(queues.includes(TASK_QUEUE) && { 'promotions without a workflow': promotions }),
    },
    say: (message) => console.warn(message),
  });
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
    const { workers, dependencies, close } = await createWorkers(connection, namespace, queues);
    try {
      const lost = await watchLost(dependencies, queues);
      try {
        await Promise.all(workers.map((worker) => worker.run()));
      } finally {
        await lost.stop();
        // Between two looks, no activity could stop them.
        if (queues.includes(TRAINING_TASK_QUEUE)) await stopAll(Object.values(dependencies.trainers));
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
