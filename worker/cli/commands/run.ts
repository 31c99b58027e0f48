import { resolve } from 'node:path';
import { Command } from 'commander';
import { prepareRun } from '../../../operations/load-config.ts';
import { startRun } from '../../../operations/start-run.ts';
import { byOption } from '../options.ts';
import { runToEnd } from '../run-to-end.ts';
import { goesOnAfterInterrupt, paths, say, typedConfig, withTemporal } from './context.ts';

interface Options {
  by: string;
  detach?: boolean;
  fresh?: boolean;
  report?: string;
}

/** `run CONFIG`: what `npm start` runs, against the system that already runs. */
export function runCommand(): Command {
  return new Command('run')
    .description('Run a config: a name below configs/ or a YAML file')
    .argument('<config>')
    .addOption(byOption('who starts it: where four eyes are asked, they can not approve its promotion'))
    .option('--detach', 'start it and return; follow it with `whetstone status` or in the Temporal UI')
    .option('--fresh', 'ask the models again for what earlier runs have paid for')
    .option('--report <file>', 'write the result as JSON')
    .action(async (name: string, { by, detach, fresh = false, report }: Options) => {
      const run = await prepareRun({
        config: typedConfig(name),
        paths: paths(),
        fresh,
        startedBy: { by, how: 'command line' },
      });
      await withTemporal(async (client) => {
        if (detach) {
          const { workflowId, joined } = await startRun({ client, workflow: 'improveModel', ...run });
          return say(joined ? `Already running: ${workflowId}` : `Started ${workflowId}`);
        }
        goesOnAfterInterrupt({ what: `The run of ${run.loaded.config.name}`, id: 'RUN' });
        await runToEnd({ client, run, paths: paths(), reportFile: report && resolve(report), say });
      });
    });
}
