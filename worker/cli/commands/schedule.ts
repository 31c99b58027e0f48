import { Command } from 'commander';
import type { Client } from '@temporalio/client';
import { readCron, readJitter } from '../../../operations/schedules/cron.ts';
import { prepareRun } from '../../../operations/load-config.ts';
import {
  createSchedule,
  deleteSchedule,
  listSchedules,
  pauseSchedule,
  unpauseSchedule,
} from '../../../operations/schedules/schedules.ts';
import { triggerSchedule } from '../../../operations/schedules/trigger.ts';
import { timeIn } from '../../../operations/schedules/wall-time.ts';
import { timeText } from '../../../common/time-text.ts';
import { byOption, jsonOption, whyOption } from '../options.ts';
import { currentUser, paths, say, tell, typedConfig, withTemporal } from './context.ts';

interface Json {
  json?: boolean;
}

const MODEL = "the model's name (`name` in its config), as `schedule list` shows it";

/** `schedule ...`: retraining as a Temporal Schedule. */
export function scheduleCommand(): Command {
  const command = new Command('schedule').description('Retrain at certain times');
  command
    .command('create')
    .description('Schedule a config, or change the schedule that its model has')
    .argument('<config>', 'a name below configs/ or a YAML file')
    .requiredOption('--cron <expression>', 'when, such as "0 3 * * 1" for Mondays at 3:00')
    .option('--timezone <name>', 'of the times, such as Europe/Berlin (default: UTC)')
    .option('--jitter <time>', 'each run starts up to so much later, that not all start at once: 0, 30s, 5m', '1m')
    .addOption(byOption('who schedules it: where four eyes are asked, they can not approve its promotions'))
    .addOption(jsonOption())
    .action(create);
  command
    .command('list')
    .description('List the schedules, with their next times')
    .addOption(jsonOption())
    .action(({ json }: Json) => withTemporal((client) => list(client, json)));
  command
    .command('pause')
    .description('Start no run until it is unpaused; one that is open goes on')
    .argument('<model>', MODEL)
    .addOption(whyOption('frozen until the audit'))
    .addOption(jsonOption())
    .action((model: string, { why, json }: { why: string } & Json) =>
      withTemporal(async (client) => {
        await pauseSchedule(client, model, `${why} (${currentUser()})`);
        tell(json, { model, paused: true, why }, `The schedule of ${model} is paused: ${why}`);
      }),
    );
  command
    .command('unpause')
    .description('Start runs again')
    .argument('<model>', MODEL)
    .addOption(jsonOption())
    .action((model: string, { json }: Json) =>
      withTemporal(async (client) => {
        await unpauseSchedule(client, model, `unpaused by ${currentUser()}`);
        tell(json, { model, paused: false }, `The schedule of ${model} starts runs again`);
      }),
    );
  command
    .command('trigger')
    .description('Start a run now; it ends at once where nothing changed since the last one')
    .argument('<model>', MODEL)
    .option('--anyway', 'train though nothing changed')
    .addOption(byOption('with --anyway: who starts it'))
    .addOption(jsonOption())
    .action((model: string, { anyway = false, by, json }: { anyway?: boolean; by: string } & Json) =>
      withTemporal(async (client) => {
        const workflowId = await triggerSchedule({ client, model, anyway, by, now: new Date() });
        tell(json, { model, workflowId, anyway }, `Started ${workflowId}\nFollow it: npx whetstone status`);
      }),
    );
  command
    .command('delete')
    .description('Delete the schedule of a model; a run that it started goes on')
    .argument('<model>', MODEL)
    .addOption(jsonOption())
    .action((model: string, { json }: Json) =>
      withTemporal(async (client) => {
        await deleteSchedule(client, model);
        tell(json, { model, deleted: true }, `Deleted the schedule of ${model}`);
      }),
    );
  return command;
}

interface Create extends Json {
  cron: string;
  timezone?: string;
  jitter: string;
  by: string;
}

async function create(config: string, { cron, timezone: zone, jitter, by, json }: Create): Promise<void> {
  const now = new Date();
  const when = readCron({ cron, timezone: zone, now });
  const jitterMs = readJitter(jitter);
  const run = await prepareRun({ config: typedConfig(config), paths: paths(), startedBy: { by, how: 'schedule' } });
  await withTemporal(async (client) => {
    const { created, next, notes } = await createSchedule({ client, run, when, jitterMs, now });
    const { expression, timezone } = when;
    const model = run.loaded.config.name;
    if (json)
      return say(JSON.stringify({ model, created, cron: expression, timezone, jitterMs, next, notes }, null, 2));
    const late = jitterMs > 0 ? `, each up to ${timeText(jitterMs / 1000)} late` : '';
    say(`${created ? 'Scheduled' : 'Changed the schedule of'} ${model}: ${expression} (${timezone})${late}`);
    if (next.length > 0) say('The next times, as the Temporal server reckons them:');
    for (const at of next) say(`  ${timeIn(at, timezone)}`);
    for (const note of notes) say(`Note: ${note}`);
  });
}

async function list(client: Client, json: boolean | undefined): Promise<void> {
  const schedules = await listSchedules(client);
  if (json) return say(JSON.stringify(schedules, null, 2));
  for (const { model, paused, note, timezone, next } of schedules) {
    const [first] = next;
    const standing = paused
      ? `paused${note ? `: ${note}` : ''}`
      : first
        ? `next ${timeIn(first, timezone)}`
        : 'no next run';
    say(`${model}  ${standing}`);
  }
  if (schedules.length === 0)
    say('No schedule yet. Create one: npx whetstone schedule create quickstart --cron "0 3 * * 1"');
}
