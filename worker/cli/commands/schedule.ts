import {
  ScheduleAlreadyRunning,
  ScheduleNotFoundError,
  ScheduleOverlapPolicy,
  type Client,
  type ScheduleOptions,
} from '@temporalio/client';
import { Command } from 'commander';
import { improveId, scheduleId, TASK_QUEUE, type ImproveInput } from '../../../contract/messages.ts';
import { inputOf, loadForRun } from '../run-and-report.ts';
import { readCron, type When } from './cron.ts';
import { CommandError, paths, say, withTemporal } from './context.ts';

/** `schedule create|list|delete`: retraining as a Temporal Schedule. */
export function scheduleCommand(): Command {
  const command = new Command('schedule').description('Retrain on a schedule');
  command
    .command('create')
    .description('Schedule a config, or change the schedule it has')
    .argument('<config>', 'a name below configs/ or a YAML file')
    .requiredOption('--cron <expression>', 'when, such as "0 3 * * 1" for Mondays at 3:00')
    .option('--timezone <name>', 'of the times, such as Europe/Berlin (default: UTC)')
    .action(async (config: string, { cron, timezone }: { cron: string; timezone?: string }) => {
      const when = readCron({ cron, timezone, now: new Date() });
      const loaded = await loadForRun({ config, paths: paths() });
      const input: ImproveInput = { config: inputOf(config, loaded.source) };
      const { name } = loaded.config;
      const workflowId = improveId({ name, configHash: loaded.hash });
      await withTemporal(async (client) => {
        const { created, next } = await createSchedule({ client, name, when, input, workflowId });
        say(
          `${created ? 'Scheduled' : 'Changed the schedule of'} ${name}: ${when.expression} (${when.timezone})${next ? `; next run ${next.toISOString()}` : ''}`,
        );
        for (const note of when.notes) say(`Note: ${note}`);
      });
    });
  command
    .command('list')
    .description('List the schedules')
    .action(() =>
      withTemporal(async (client) => {
        let count = 0;
        for await (const { scheduleId: id, info, state } of client.schedule.list()) {
          count++;
          const next = info.nextActionTimes[0];
          say(`${id}  ${state.paused ? 'paused' : next ? `next ${next.toISOString()}` : 'no next run'}`);
        }
        if (count === 0)
          say('No schedule yet. Create one: npx whetstone schedule create quickstart --cron "0 3 * * 1"');
      }),
    );
  command
    .command('delete')
    .description('Delete the schedule of a model')
    .argument('<name>', "the config's name")
    .action((name: string) =>
      withTemporal(async (client) => {
        await client.schedule
          .getHandle(scheduleId(name))
          .delete()
          .catch((cause: unknown) => {
            if (cause instanceof ScheduleNotFoundError)
              throw new CommandError(`no schedule of '${name}'; npx whetstone schedule list shows them`, { cause });
            throw cause;
          });
        say(`Deleted the schedule of ${name}`);
      }),
    );
  return command;
}

/** Creates a schedule or updates the one that exists: overlap skipped, an hour of catch-up after an outage. */
export async function createSchedule(options: {
  client: Client;
  name: string;
  when: Pick<When, 'expression' | 'timezone'>;
  input: ImproveInput;
  workflowId: string;
}): Promise<{ created: boolean; next?: Date }> {
  const { client, name, when, input, workflowId } = options;
  const schedule = {
    spec: { cronExpressions: [when.expression], timezone: when.timezone },
    action: { type: 'startWorkflow', workflowType: 'improveModel', workflowId, taskQueue: TASK_QUEUE, args: [input] },
    policies: { overlap: ScheduleOverlapPolicy.SKIP, catchupWindow: '1 hour' },
  } satisfies Omit<ScheduleOptions, 'scheduleId'>;
  const handle = client.schedule.getHandle(scheduleId(name));
  let created = true;
  try {
    await client.schedule.create({ scheduleId: scheduleId(name), ...schedule });
  } catch (cause) {
    if (!(cause instanceof ScheduleAlreadyRunning))
      throw cause instanceof Error
        ? new CommandError(`--cron '${when.expression}': ${cause.message}`, { cause })
        : cause;
    created = false;
    await handle.update((previous) => ({ ...schedule, state: previous.state }));
  }
  const { info } = await handle.describe();
  return { created, next: info.nextActionTimes[0] };
}
