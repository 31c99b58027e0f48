import { homedir, tmpdir } from 'node:os';
import { Worker, type NativeConnection, type WorkerOptions } from '@temporalio/worker';
import { createActivities } from '../activities/index.ts';
import type { DependenciesOf } from '../activities/dependencies.ts';
import type { Paths } from '../configs/paths.ts';
import { TASK_QUEUES, type QueueName } from '../contract/queues.ts';
import { Composition } from './dependencies.ts';
import { FAILURE_CONVERTER, workflowBundle } from './workflow-bundle.ts';

/** Batches of work at once: more would share one processor. */
const BATCH_ACTIVITIES = 8;
/** Jobs that are prepared and launched at once; which of them may take the machine is for the trainer to say. */
const TRAINING_ACTIVITIES = 8;
/** Looks at the jobs of this machine, which wait most of the time: none may lie until the machine counts as gone. */
const MACHINE_ACTIVITIES = 64;
/** Short looks into SQL. */
const CONTROL_ACTIVITIES = 32;
/** Time to end the batch under way; training is stopped at its last checkpoint. */
const GRACE = '3 seconds';

export interface Workers {
  workers: Worker[];
  /** What the queues' activities have, for who watches over it. */
  dependencies: Partial<DependenciesOf>;
  /** For when all workers have ended. */
  close: () => Promise<void>;
}

/** A Temporal worker for each queue, with the activities of that queue, and one for this machine where it trains. */
export async function createWorkers(options: {
  connection: NativeConnection;
  namespace: string;
  env: NodeJS.ProcessEnv;
  paths: Paths;
  queues: readonly QueueName[];
  say: (message: string) => void;
}): Promise<Workers> {
  const { connection, namespace, env, paths, queues, say } = options;
  const folders = [
    [paths.projectRoot, ''],
    [paths.state, '$WHETSTONE_STATE'],
    [paths.home, '$WHETSTONE_HOME'],
    [homedir(), '~'],
    [tmpdir(), '$TMPDIR'],
  ] as const;
  const composition = new Composition({ env, paths, say });
  const common = {
    connection,
    namespace,
    dataConverter: { failureConverterPath: FAILURE_CONVERTER },
    shutdownGraceTime: GRACE,
    shutdownForceTime: '20 seconds',
    // Heartbeats carry progress that people watch: pass them on each second, not at 80% of the time-out.
    maxHeartbeatThrottleInterval: '1 second',
    defaultHeartbeatThrottleInterval: '1 second',
  } as const;
  const dependencies: Partial<DependenciesOf> = {};
  const activities: Partial<Record<QueueName, object>> = {};
  const open = async <Queue extends QueueName>(queue: Queue) => {
    const opened = await composition.open(queue);
    dependencies[queue] = opened;
    activities[queue] = createActivities(queue, opened, folders);
  };
  const more: Record<QueueName, () => Promise<Omit<WorkerOptions, 'taskQueue'>>> = {
    control: async () => ({
      // Runs of before there were four queues wait on this one for what other queues do now.
      activities: Object.assign({}, ...Object.values(activities)) as object,
      workflowBundle: await workflowBundle(paths),
      maxConcurrentActivityTaskExecutions: CONTROL_ACTIVITIES,
    }),
    generation: async () => ({ maxConcurrentActivityTaskExecutions: BATCH_ACTIVITIES, ...queueRate(env) }),
    training: async () => ({ maxConcurrentActivityTaskExecutions: TRAINING_ACTIVITIES }),
    evaluation: async () => ({ maxConcurrentActivityTaskExecutions: BATCH_ACTIVITIES }),
  };
  const workers: Worker[] = [];
  const create = async (taskQueue: string, own: Omit<WorkerOptions, 'taskQueue'>) =>
    void workers.push(await Worker.create({ ...common, taskQueue, ...own }));
  try {
    for (const queue of queues) await open(queue);
    for (const queue of queues)
      await create(TASK_QUEUES[queue], { activities: activities[queue] ?? {}, ...(await more[queue]()) });
    const machine = dependencies.training?.machine;
    if (machine && activities.training)
      await create(machine.queue, {
        activities: activities.training,
        maxConcurrentActivityTaskExecutions: MACHINE_ACTIVITIES,
      });
  } catch (error) {
    await composition.close();
    throw error;
  }
  return { workers, dependencies, close: () => composition.close() };
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
