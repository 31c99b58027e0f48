import type { Client } from '@temporalio/client';
import { Command } from 'commander';
import { shortened } from '../../../common/shortened.ts';
import { DECISION, STAGE, WAITING_FOR, type RunProgress } from '../../../contract/messages.ts';
import { failureOf, readProgress, troublesOf, troubleText } from '../../../operations/follow-run.ts';
import { wrapped } from '../terminal-text.ts';
import { say, withTemporal } from './context.ts';

const SHOWN = 20;
/** Characters of a note that a list has room for. */
const NOTE_SHOWN = 400;
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

/** What `status` tells of one run or promotion. */
export interface Standing {
  workflowId: string;
  state: string;
  stage: string;
  decision: string;
  startedAt: Date;
  /** What it waits for, why it failed, or what it left out. */
  notes: readonly string[];
}

/** A run a paragraph: an id that is as long as people name their models would break a table. */
export function standingText(
  { workflowId, state, stage, decision, startedAt, notes }: Standing,
  width: number,
): string {
  const where = stage && state === 'running' ? `, ${stage}` : '';
  const came = decision ? `: ${decision}` : '';
  const head = `${workflowId}  ${state}${where}${came}, started ${startedAt.toISOString().slice(0, 16).replace('T', ' ')} UTC`;
  return [
    wrapped(head, width, '  '),
    ...notes.filter(Boolean).map((note) => wrapped(`  ${shortened(note, NOTE_SHOWN)}`, width)),
  ].join('\n');
}

async function describeRuns(client: Client): Promise<string> {
  const width = Math.max(40, process.stdout.columns || 100) - 1;
  const texts: string[] = [];
  const query = 'WorkflowType IN ("improveModel", "buildDataset", "promoteModel", "rollbackModel")';
  for await (const { workflowId, runId, status, startTime, typedSearchAttributes: attributes } of client.workflow.list({
    query,
  })) {
    const handle = client.workflow.getHandle(workflowId, runId);
    const open = status.name === 'RUNNING' ? await handle.describe() : undefined;
    // Without a worker nobody answers; the list does not wait for one.
    const ask = () => client.withDeadline(Date.now() + PATIENCE_MS, () => readProgress(handle));
    const standing = open && isRun(workflowId) ? await ask() : undefined;
    const why = status.name === 'FAILED' ? await failureOf(client, { workflowId, runId }) : '';
    const waits = attributes.get(WAITING_FOR);
    const troubles = open ? troublesOf(open) : [];
    texts.push(
      standingText(
        {
          workflowId,
          state: status.name.toLowerCase(),
          stage: attributes.get(STAGE) ?? '',
          decision: attributes.get(DECISION) ?? '',
          startedAt: startTime,
          notes: [
            ...(waits ? [`waits for: ${waits}`] : []),
            ...troubles.map((trouble) => `to try again: ${troubleText(trouble, trouble.attempt)}`),
            why,
            ...(standing ? lostOf(standing.run) : []),
          ],
        },
        width,
      ),
    );
    if (texts.length === SHOWN) break;
  }
  return texts.length === 0 ? 'Nothing has run yet. Start with: npx whetstone run quickstart' : texts.join('\n');
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
