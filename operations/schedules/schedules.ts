import {
  isGrpcDeadlineError,
  ScheduleAlreadyRunning,
  ScheduleNotFoundError,
  ScheduleOverlapPolicy,
  type Client,
  type ScheduleHandle,
  type ScheduleOptions,
} from '@temporalio/client';
import { msToTs } from '@temporalio/common/lib/time.js';
import { RequestError } from '../../common/errors.ts';
import { improveId, scheduleId, scheduledModel, STARTED_BY } from '../../contract/messages.ts';
import { TASK_QUEUES } from '../../contract/queues.ts';
import type { PreparedRun } from '../load-config.ts';
import { changeNotes } from './clock-changes.ts';
import type { When } from './cron.ts';

/** Retraining as a Temporal Schedule, one a model. */

export interface Schedule {
  id: string;
  model: string;
  paused: boolean;
  /** Why it is paused, or what else somebody wrote there. */
  note?: string;
  timezone: string;
  /** Empty where no run will start. */
  next: Date[];
}

export interface CreatedSchedule {
  created: boolean;
  /** The next five, by the server's own account. */
  next: Date[];
  /** What a person should know of its times. */
  notes: string[];
}

const NEXT_SHOWN = 5;

/**
 * Schedules a config, or changes the schedule that it has: overlap skipped, an hour of catch-up after an outage.
 * @throws RequestError for a cron expression that Temporal refuses
 */
export async function createSchedule(options: {
  client: Client;
  run: PreparedRun;
  when: When;
  jitterMs: number;
  now: Date;
}): Promise<CreatedSchedule> {
  const { client, run, when, jitterMs, now } = options;
  const { config, source, hash } = run.loaded;
  const { startedBy, ...input } = run.input;
  const { name } = config;
  const schedule = {
    spec: { cronExpressions: [when.expression], timezone: when.timezone, jitter: jitterMs },
    action: {
      type: 'startWorkflow',
      workflowType: 'improveModel',
      workflowId: improveId({ name, configHash: hash }),
      taskQueue: TASK_QUEUES.control,
      args: [input],
      ...(startedBy && { memo: { [STARTED_BY]: startedBy } }),
      staticSummary: `Improve ${name} from ${source}, by schedule`,
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
  const { info, state } = await handle.describe();
  const startsBetween = (from: Date, to: Date) => matchingTimes({ client, id: scheduleId(name), from, to });
  return {
    created,
    next: info.nextActionTimes.slice(0, NEXT_SHOWN),
    notes: [
      ...(info.nextActionTimes.length === 0 ? ['Temporal finds no time at which a run would start'] : []),
      ...(state.paused
        ? [`it is paused${state.note ? ` (${state.note})` : ''}: no run starts until you unpause it`]
        : []),
      ...(await changeNotes({ when, now, startsBetween })),
    ],
  };
}

/** When the server would start runs, as it reckons itself. */
async function matchingTimes(options: { client: Client; id: string; from: Date; to: Date }): Promise<Date[]> {
  const { client, id, from, to } = options;
  const ask = () =>
    client.workflowService.listScheduleMatchingTimes({
      namespace: client.options.namespace,
      scheduleId: id,
      startTime: msToTs(from.getTime()),
      endTime: msToTs(to.getTime()),
    });
  // The server asks the schedule's own workflow, which on a busy machine may not have been started yet.
  const { startTime } = await ask().catch((error: unknown) => {
    if (!isGrpcDeadlineError(error)) throw error;
    return ask();
  });
  return startTime.map(({ seconds }) => new Date(Number(seconds) * 1000));
}

/** Every schedule there is, by name. */
export async function listSchedules(client: Client): Promise<Schedule[]> {
  const schedules: Schedule[] = [];
  for await (const { scheduleId: id, info, state, spec } of client.schedule.list()) {
    const model = scheduledModel(id);
    if (model === undefined) continue;
    const { nextActionTimes } = info;
    const note = state.note ? { note: state.note } : {};
    const next = state.paused ? [] : nextActionTimes.slice(0, NEXT_SHOWN);
    schedules.push({ id, model, paused: state.paused, ...note, timezone: spec?.timezone ?? 'UTC', next });
  }
  return schedules.sort((a, b) => (a.id < b.id ? -1 : 1));
}

/** Deletes the schedule of a model. Runs that it started go on. @throws RequestError where it has none */
export const deleteSchedule = (client: Client, model: string): Promise<void> =>
  ofModel(client, model, (handle) => handle.delete());

/** Starts no run until it is unpaused. @throws RequestError where the model has none */
export const pauseSchedule = (client: Client, model: string, note: string): Promise<void> =>
  ofModel(client, model, (handle) => handle.pause(note));

/** Starts runs again. @throws RequestError where the model has none */
export const unpauseSchedule = (client: Client, model: string, note: string): Promise<void> =>
  ofModel(client, model, (handle) => handle.unpause(note));

/** Does something with a model's schedule. @throws RequestError where it has none, which names those that there are */
export async function ofModel<T>(
  client: Client,
  model: string,
  work: (handle: ScheduleHandle) => Promise<T>,
): Promise<T> {
  try {
    return await work(client.schedule.getHandle(scheduleId(model)));
  } catch (cause) {
    if (!(cause instanceof ScheduleNotFoundError)) throw cause;
    const known = (await listSchedules(client)).map((schedule) => schedule.model);
    throw new RequestError(
      `no schedule of '${model}'; ${known.length > 0 ? `of these models there is one: ${known.join(', ')}` : 'there is none yet: npx whetstone schedule create CONFIG --cron "0 3 * * 1"'}`,
      { cause },
    );
  }
}
