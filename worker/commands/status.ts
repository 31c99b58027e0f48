import type { Client } from '@temporalio/client';
import Table from 'cli-table3';
import { Command } from 'commander';
import { DECISION, MODEL, STAGE, WAITING_FOR, type RunProgress } from '../../workflows/messages.ts';
import { failureOf, readProgress, troublesOf, troubleText } from '../follow-run.ts';
import { say, withTemporal } from './context.ts';

const SHOWN = 20;
const PATIENCE_MS = 2_000;

/** `status`: open runs and promotions with what they wait for, and the last that ended. */
export function statusCommand(): Command {
  return new Command('status').description('Show open runs and promotions, and the last that ended').action(() =>
    withTemporal(async (client, running) => {
      say(await describeRuns(client));
      if (running?.temporalUi) say(`More in the Temporal UI: ${running.temporalUi}`);
    }),
  );
}

async function describeRuns(client: Client): Promise<string> {
  const table = new Table({
    head: ['workflow', 'state', 'model', 'stage', 'waits for, or why it failed', 'decision', 'started'],
    colWidths: [null, null, null, null, 50, null, null],
    wordWrap: true,
    style: { head: [], border: [] },
  });
  let rows = 0;
  const query = 'WorkflowType IN ("improveModel", "buildDataset", "promoteModel", "rollbackModel")';
  for await (const { workflowId, runId, status, startTime, typedSearchAttributes: attributes } of client.workflow.list({
    query,
  })) {
    const read = (key: typeof MODEL) => attributes.get(key) ?? '';
    const handle = client.workflow.getHandle(workflowId, runId);
    const open = status.name === 'RUNNING' ? await handle.describe() : undefined;
    const [trouble] = open ? troublesOf(open) : [];
    // Without a worker nobody answers; the table does not wait for one.
    const ask = () => client.withDeadline(Date.now() + PATIENCE_MS, () => readProgress(handle));
    const standing = open && isRun(workflowId) ? await ask() : undefined;
    const why = status.name === 'FAILED' ? await failureOf(client, { workflowId, runId }) : '';
    table.push([
      workflowId,
      status.name.toLowerCase(),
      read(MODEL),
      read(STAGE),
      shortened(
        [
          read(WAITING_FOR) || (trouble ? `to try again: ${troubleText(trouble, trouble.attempt)}` : why),
          ...(standing ? lostOf(standing.run) : []),
        ]
          .filter(Boolean)
          .join('; '),
      ),
      read(DECISION),
      startTime.toISOString().slice(0, 19),
    ]);
    if (++rows === SHOWN) break;
  }
  return rows === 0 ? 'Nothing has run yet. Start with: npx whetstone run quickstart' : table.toString();
}

/** Runs answer for their progress; promotions and rollbacks have none. */
const isRun = (workflowId: string) => /^(improve|dataset)\//.test(workflowId);

/** What of a run was left out so far. */
function lostOf({ failures = [], warnings = [], generation }: RunProgress): string[] {
  const { unreadable = 0 } = generation;
  return [
    ...(unreadable > 0 ? [`${unreadable} unreadable replies`] : []),
    ...failures
      .filter(({ failed }) => failed > 0)
      .map(({ what, tried, failed, first }) => `${failed} of ${tried} ${what} failed: ${first[0]?.why ?? ''}`),
    ...warnings,
  ];
}

/** Whole words of a message, as many as a table has room for. */
function shortened(text: string): string {
  const most = 400;
  return text.length <= most ? text : `${text.slice(0, most).replace(/\s+\S*$/, '')} ...`;
}
