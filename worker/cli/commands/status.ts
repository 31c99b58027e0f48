import type { Client } from '@temporalio/client';
import { Command } from 'commander';
import { shortened } from '../../../common/shortened.ts';
import { idleQueues, idleText } from '../../../operations/idle-queues.ts';
import { listRuns, type ListedRun } from '../../../operations/list-runs.ts';
import type { RunningSystem } from '../../../operations/connection.ts';
import { jsonOption } from '../options.ts';
import { wrapped } from '../terminal-text.ts';
import { say, withTemporal } from './context.ts';

const SHOWN = 20;
/** Characters of a note that a list has room for. */
const NOTE_SHOWN = 400;

/** `status`: queues that no worker asks, open runs and promotions with what they wait for, and the last that ended. */
export function statusCommand(): Command {
  return new Command('status')
    .description('Show open runs and promotions, and the last that ended, with how and why')
    .addOption(jsonOption())
    .action(({ json }: { json?: boolean }) => withTemporal((client, running) => status(client, running, json)));
}

async function status(client: Client, running: RunningSystem | undefined, json: boolean | undefined): Promise<void> {
  const width = Math.max(40, process.stdout.columns || 100) - 1;
  const [runs, idle] = await Promise.all([listRuns(client, SHOWN), idleQueues(client, Date.now())]);
  const noWorker = idleText(idle);
  if (json) {
    // What a program reads is the list of runs.
    if (noWorker) process.stderr.write(`${noWorker}\n`);
    return say(JSON.stringify(runs, null, 2));
  }
  if (noWorker) say(wrapped(noWorker, width));
  if (runs.length === 0) say('Nothing has run yet. Start with: npx whetstone run quickstart');
  for (const run of runs) say(runText(run, width));
  if (running?.temporalUi) say(`More in the Temporal UI: ${running.temporalUi}`);
}

/** A run a paragraph: an id that is as long as people name their models would break a table. */
export function runText(
  { workflowId, state, stage, decision, outcome, startedAt, notes }: ListedRun,
  width: number,
): string {
  const where = stage && state === 'running' ? `, ${stage}` : '';
  const came = decision ? `: ${decision}` : '';
  // Why it failed stands in the notes, whole.
  const isTold = outcome !== '' && ['completed', 'terminated', 'timed_out'].includes(state);
  const end = isTold ? shortened(outcome, NOTE_SHOWN) : `${state}${where}${came}`;
  const head = `${workflowId}  ${end}, started ${startedAt.toISOString().slice(0, 16).replace('T', ' ')} UTC`;
  return [wrapped(head, width, '  '), ...notes.map((note) => wrapped(`  ${shortened(note, NOTE_SHOWN)}`, width))].join(
    '\n',
  );
}
