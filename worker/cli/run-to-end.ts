import type { Client } from '@temporalio/client';
import { RequestError } from '../../common/errors.ts';
import type { Paths } from '../../configs/paths.ts';
import type { ImproveEnd } from '../../contract/messages.ts';
import { isNotDone } from '../../contract/runs/run-stages.ts';
import type { PreparedRun } from '../../operations/load-config.ts';
import { runOutcome } from '../../operations/run-outcome.ts';
import { writeReport } from '../../operations/run-report.ts';
import { startRun } from '../../operations/start-run.ts';
import { closingText } from './closing.ts';
import { followOnTerminal } from './follow.ts';

/** Runs a config to the end: progress, closing table, and the JSON report where one is asked for. */
export async function runToEnd(options: {
  client: Client;
  run: PreparedRun;
  paths: Paths;
  reportFile?: string | undefined;
  say: (message: string) => void;
}): Promise<void> {
  const { client, run, paths, reportFile, say } = options;
  const { workflowId, runId, joined } = await startRun({ client, workflow: 'improveModel', ...run });
  say(joined ? `Going on with run ${workflowId}, which was open` : `Run ${workflowId}`);
  const result = await followOnTerminal<ImproveEnd>({ client, workflowId, runId });
  if (isNotDone(result)) {
    const { notDone, why, next } = result;
    throw new RequestError(`${workflowId} ended: ${notDone}: ${why}. ${next.replaceAll('`', '')}`);
  }
  const { alias } = run.loaded.config.promote;
  const outcome = await runOutcome({ client, paths, run: { workflowId, runId }, result, alias });
  say(closingText({ ...outcome, width: process.stdout.columns }));
  if (!reportFile) return;
  writeReport(reportFile, outcome);
  say(`Report written to ${reportFile}`);
}
