import { resolve } from 'node:path';
import { Command } from 'commander';
import { inputOf, loadForRun, runAndReport, typedConfig } from '../run-and-report.ts';
import { startRun } from '../../../operations/start-run.ts';
import { goesOnAfterInterrupt, paths, say, withTemporal } from './context.ts';

/** `run CONFIG`: what `npm start` runs, against the system that already runs. */
export function runCommand(): Command {
  return new Command('run')
    .description('Run a config: a name below configs/ or a YAML file')
    .argument('<config>')
    .option('--detach', 'start it and return; follow it with `whetstone status` or in the Temporal UI')
    .option('--fresh', 'ask the models again for what earlier runs have paid for')
    .option('--report <file>', 'write the result as JSON')
    .action(
      async (
        name: string,
        { detach, fresh = false, report }: { detach?: boolean; fresh?: boolean; report?: string },
      ) => {
        const config = typedConfig(name);
        const loaded = await loadForRun({ config, paths: paths() });
        const input = { config: inputOf(config, loaded.source), fresh };
        await withTemporal(async (client) => {
          if (detach) {
            const { workflowId, joined } = await startRun({ client, workflow: 'improveModel', loaded, input });
            return say(joined ? `Already running: ${workflowId}` : `Started ${workflowId}`);
          }
          goesOnAfterInterrupt({ what: `The run of ${loaded.config.name}`, id: 'RUN' });
          await runAndReport({
            client,
            loaded,
            input,
            paths: paths(),
            reportFile: report && resolve(report),
            say,
          });
        });
      },
    );
}
