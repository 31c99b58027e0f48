import {
  ScheduleAlreadyRunning,
  ScheduleNotFoundError,
  ScheduleOverlapPolicy,
  type Client,
  type ScheduleOptions,
} from '@temporalio/client';
import { RequestError } from '../common/errors.ts';
import { improveId, scheduleId } from '../contract/messages.ts';
import { TASK_QUEUES } from '../contract/queues.ts';
import type { When } from './cron.ts';
import type { PreparedRun } from './load-config.ts';

/** Retraining as a Temporal Schedule, one a model. */

export interface Schedule {
  id: string;
  paused: boolean;
  /** Undefined where no run will start. */
  next: Date | undefined;
}

/**
 * Schedules a config, or changes the schedule that it has: overlap skipped, an hour of catch-up after an outage.
 * @throws RequestError for a cron expression that Temporal refuses
 */
export async function createSchedule(options: {
  client: Client;
  run: PreparedRun;
  when: Pick<When, 'expression' | 'timezone'>;
}): Promise<{ created: boolean; next: Date | undefined }> {
  const { client, run, when } = options;
  const { name } = run.loaded.config;
  const schedule = {
    spec: { cronExpressions: [when.expression], timezone: when.timezone },
    action: {
      type: 'startWorkflow',
      workflowType: 'improveModel',
      workflowId: improveId({ name, configHash: run.loaded.hash }),
      taskQueue: TASK_QUEUES.control,
      args: [run.input],
    },
    policies: { overlap: ScheduleOverlapPolicy.SKIP, catchupWindow: '1 hour' },
  } satisfies Omit<ScheduleOptions, 'scheduleId'>;
  const handle = client.schedule.getHandle(scheduleId(name));
  let created = true;
  try {
    await client.schedule.create({ scheduleId: scheduleId(name), ...schedule });
  } catch (cause) {
    if (!(cause instanceof ScheduleAlreadyRunning))
      throw cause instanceof Error
        ? new RequestError(`cron '${when.expression}': ${cause.message}`, { field: 'cron', cause })
        : cause;
    created = false;
    await handle.update((previous) => ({ ...schedule, state: previous.state }));
  }
  const { info } = await handle.describe();
  return { created, next: info.nextActionTimes[0] };
}

/** Every schedule there is. */
export async function listSchedules(client: Client): Promise<Schedule[]> {
  const schedules: Schedule[] = [];
  for await (const { scheduleId: id, info, state } of client.schedule.list())
    schedules.push({ id, paused: state.paused, next: info.nextActionTimes[0] });
  return schedules;
}

/** Deletes the schedule of a model. @throws RequestError where it has none */
export async function deleteSchedule(client: Client, name: string): Promise<void> {
  await client.schedule
    .getHandle(scheduleId(name))
    .delete()
    .catch((cause: unknown) => {
      if (cause instanceof ScheduleNotFoundError)
        throw new RequestError(`no schedule of '${name}'; npx whetstone schedule list shows them`, { cause });
      throw cause;
    });
}
