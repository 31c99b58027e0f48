import { Command } from 'commander';
import { readCron } from '../../../operations/cron.ts';
import { prepareRun } from '../../../operations/load-config.ts';
import { createSchedule, deleteSchedule, listSchedules } from '../../../operations/schedules.ts';
import { paths, say, typedConfig, withTemporal } from './context.ts';

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
      const run = await prepareRun({ config: typedConfig(config), paths: paths() });
      await withTemporal(async (client) => {
        const { created, next } = await createSchedule({ client, run, when });
        say(
          `${created ? 'Scheduled' : 'Changed the schedule of'} ${run.loaded.config.name}: ${when.expression} (${when.timezone})${next ? `; next run ${next.toISOString()}` : ''}`,
        );
        for (const note of when.notes) say(`Note: ${note}`);
      });
    });
  command
    .command('list')
    .description('List the schedules')
    .action(() =>
      withTemporal(async (client) => {
        const schedules = await listSchedules(client);
        for (const { id, paused, next } of schedules)
          say(`${id}  ${paused ? 'paused' : next ? `next ${next.toISOString()}` : 'no next run'}`);
        if (schedules.length === 0)
          say('No schedule yet. Create one: npx whetstone schedule create quickstart --cron "0 3 * * 1"');
      }),
    );
  command
    .command('delete')
    .description('Delete the schedule of a model')
    .argument('<name>', "the config's name")
    .action((name: string) =>
      withTemporal(async (client) => {
        await deleteSchedule(client, name);
        say(`Deleted the schedule of ${name}`);
      }),
    );
  return command;
}
