import { Command } from 'commander';
import { QUEUE_NAMES } from '../../../contract/queues.ts';
import { readQueues } from '../../queues.ts';
import { checkWorker, type Finding } from '../../system/check-worker.ts';
import { runWorker } from '../../system/run-worker.ts';
import { here, say } from './context.ts';

/** `worker [--queue NAME ...] [--check]`: this machine as one of several. */
export function workerCommand(): Command {
  return new Command('worker')
    .description('Work on this machine for a Temporal server that others work for as well')
    .option(
      '--queue <name>',
      `what it does: ${QUEUE_NAMES.join(', ')}; may be given again, or with commas (default: all)`,
      (name: string, before: string[]) => [...before, name],
      [] as string[],
    )
    .option('--check', 'start nothing; say what is missing here for it', false)
    .action(async (options: { queue: string[]; check: boolean }) => {
      const queues = readQueues(options.queue);
      if (!options.check) {
        process.exitCode = await runWorker({ ...here(), queues, say });
        return;
      }
      const findings = await checkWorker({ ...here(), queues });
      for (const finding of findings) say(findingText(finding));
      if (findings.some(({ status }) => status === 'missing')) process.exitCode = 1;
    });
}

/** `missing  database     DATABASE_URL: ...` */
const findingText = ({ status, what, said }: Finding): string => `${status.padEnd(8)} ${what.padEnd(13)} ${said}`;
