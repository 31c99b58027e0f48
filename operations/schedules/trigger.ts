import { setTimeout as sleep } from 'node:timers/promises';
import { ScheduleOverlapPolicy, type Client, type ScheduleDescription } from '@temporalio/client';
import { RequestError } from '../../common/errors.ts';
import { STARTED_BY, type ImproveInput } from '../../contract/messages.ts';
import type { improveModel } from '../../workflows/improve-model.ts';
import { ofModel } from './schedules.ts';

/** How long the server takes at the most to start what was triggered. */
const PATIENCE_MS = 10_000;

/**
 * Starts the run of a model's schedule now, also while that is paused.
 * @param options.anyway also where nothing changed since the last run; it is `by` then who started it
 * @returns its workflow id
 * @throws RequestError where the model has no schedule, or a run that it started is open: Temporal would say nothing
 */
export async function triggerSchedule(options: {
  client: Client;
  model: string;
  anyway: boolean;
  by: string;
  now: Date;
}): Promise<string> {
  const { client, model, anyway, by, now } = options;
  return ofModel(client, model, async (handle) => {
    const before = await handle.describe();
    const [open] = before.info.runningActions;
    if (open)
      throw new RequestError(
        `a run of this schedule is open: ${open.workflow.workflowId}. Nothing was started; wait for it, or cancel it: npx whetstone cancel ${open.workflow.workflowId}`,
      );
    if (anyway) return startAnyway(client, before, { by, now });
    const taken =
      before.info.recentActions.length === 0 ? 0 : (before.info.recentActions.at(-1)?.takenAt.getTime() ?? 0);
    await handle.trigger(ScheduleOverlapPolicy.SKIP);
    for (const until = Date.now() + PATIENCE_MS; Date.now() < until; await sleep(100)) {
      const { info } = await handle.describe();
      const started = info.recentActions.find(({ takenAt }) => takenAt.getTime() > taken);
      if (started) return started.action.workflow.workflowId;
    }
    throw new RequestError(
      `the server has not started a run of ${model} yet; npx whetstone status shows whether it does`,
    );
  });
}

/** A schedule can't change the input of one run: it is started as the schedule would, under an id of the same kind. */
async function startAnyway(
  client: Client,
  { action }: ScheduleDescription,
  { by, now }: { by: string; now: Date },
): Promise<string> {
  const { workflowId, taskQueue, args = [] } = action;
  const [{ startedBy: _of, ...input }] = args as [ImproveInput];
  const id = `${workflowId}-${now.toISOString().slice(0, 19)}Z-anyway`;
  await client.workflow.start<typeof improveModel>('improveModel', {
    workflowId: id,
    taskQueue,
    args: [{ ...input, anyway: true }],
    memo: { [STARTED_BY]: { by, how: 'command line' } },
    ...(action.staticSummary && {
      staticSummary: `${action.staticSummary.replace(/, by schedule$/, '')}, though nothing changed`,
    }),
  });
  return id;
}
