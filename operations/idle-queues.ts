import type { Client } from '@temporalio/client';
import proto from '@temporalio/proto';
import { QUEUE_NAMES, TASK_QUEUES } from '../contract/queues.ts';

/** A worker that has nothing to do asks again within a minute. */
const LATELY_MS = 70_000;

/** The task queues that no worker has asked for work in the last minute: what is sent there waits. */
export async function idleQueues(client: Client, now: number): Promise<string[]> {
  const { TASK_QUEUE_TYPE_ACTIVITY, TASK_QUEUE_TYPE_WORKFLOW } = proto.temporal.api.enums.v1.TaskQueueType;
  const isIdle = async (queue: (typeof QUEUE_NAMES)[number]) => {
    const { pollers } = await client.workflowService.describeTaskQueue({
      namespace: client.options.namespace,
      taskQueue: { name: TASK_QUEUES[queue] },
      taskQueueType: queue === 'control' ? TASK_QUEUE_TYPE_WORKFLOW : TASK_QUEUE_TYPE_ACTIVITY,
    });
    // The server tells of pollers of the last five minutes.
    return !pollers.some(({ lastAccessTime }) => Number(lastAccessTime?.seconds ?? 0) * 1000 > now - LATELY_MS);
  };
  const idle = await Promise.all(QUEUE_NAMES.map(isIdle));
  return QUEUE_NAMES.filter((_, i) => idle[i]).map((queue) => TASK_QUEUES[queue]);
}

/** In words, with what to do; undefined where each has a worker. */
export const idleText = (queues: readonly string[]): string | undefined =>
  queues.length === 0
    ? undefined
    : `No worker has polled ${queues.join(', ')} in the last minute: what is sent there is kept, and waits. Start one: npm start -- --no-run`;
