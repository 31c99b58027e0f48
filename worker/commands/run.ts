import { resolve } from 'node:path';
import { Command } from 'commander';
import { inputOf, loadForRun, runAndReport, typedConfig } from '../run-and-report.ts';
import { startRun } from '../start-run.ts';
import { paths, say, withTemporal } from './context.ts';

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
          process.once('SIGINT', () => {
            const { name: model } = loaded.config;
            say(`\nThe run of ${model} goes on. Follow it: npx whetstone status; end it: npx whetstone cancel RUN`);
            process.exit(130);
          });
          await runAndReport({
            client,
            loaded,
            input,
            paths: paths(),
            reportFile: report && resolve(report),
            leaves: true,
            say,
          });
        });
      },
    );
}
