import type { Client } from '@temporalio/client';
import Table from 'cli-table3';
import { Command } from 'commander';
import { DECISION, MODEL, STAGE, WAITING_FOR } from '../../workflows/messages.ts';
import { failureOf, troublesOf } from '../follow-run.ts';
import { say, withTemporal } from './context.ts';

const SHOWN = 20;

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
    const open = status.name === 'RUNNING' ? await client.workflow.getHandle(workflowId).describe() : undefined;
    const [trouble] = open ? troublesOf(open) : [];
    const why = status.name === 'FAILED' ? await failureOf(client, { workflowId, runId }) : '';
    table.push([
      workflowId,
      status.name.toLowerCase(),
      read(MODEL),
      read(STAGE),
      read(WAITING_FOR) || (trouble ? `to try again: ${shortened(trouble)}` : shortened(why)),
      read(DECISION),
      startTime.toISOString().slice(0, 19),
    ]);
    if (++rows === SHOWN) break;
  }
  return rows === 0 ? 'Nothing has run yet. Start with: npx whetstone run quickstart' : table.toString();
}

/** Whole words of a message, as many as a table has room for. */
function shortened(text: string): string {
  const most = 400;
  return text.length <= most ? text : `${text.slice(0, most).replace(/\s+\S*$/, '')} ...`;
}
