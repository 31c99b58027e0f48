import type { Client, WorkflowHandle } from '@temporalio/client';
import { DECISION, OUTCOME, PROMOTION, STAGE, WAITING_FOR, type RunProgress } from '../contract/messages.ts';
import { endedByServer } from './ended-without-a-word.ts';
import { failureOf } from './follow-run.ts';
import { readStanding, troublesOf, troubleText } from './run-standing.ts';

/** What can be told of one run or promotion, open or ended. */
export interface ListedRun {
  workflowId: string;
  /** Temporal's status, in lower case: `running`, `completed`, `failed`, ... */
  state: string;
  stage: string;
  decision: string;
  /** How it ended and why, as its workflow told it, or the server where that could not; empty while it is open, and of before. */
  outcome: string;
  startedAt: Date;
  /** What it waits for, why it failed, or what it left out. */
  notes: readonly string[];
}

/** Ended by the server: no code of the workflow ran any more. */
const CUT_OFF: ReadonlySet<string> = new Set(['TERMINATED', 'TIMED_OUT']);

/** Without a worker nobody answers; the list does not wait for one. */
const PATIENCE_MS = 2_000;

/** Open runs and promotions with what they wait for, and the last that ended: `most` at most, the newest first. */
export async function listRuns(client: Client, most: number): Promise<ListedRun[]> {
  const runs: ListedRun[] = [];
  const query =
    'WorkflowType IN ("improveModel", "buildDataset", "evaluateVersion", "registerModel", "promoteModel", "rollbackModel", "takeDownModel", "reviewPromotion")';
  for await (const {
    workflowId,
    runId,
    type,
    status,
    startTime,
    typedSearchAttributes: attributes,
  } of client.workflow.list({
    query,
  })) {
    const handle = client.workflow.getHandle(workflowId, runId);
    const open = status.name === 'RUNNING' ? await handle.describe() : undefined;
    const ask = () => client.withDeadline(Date.now() + PATIENCE_MS, () => readStanding(handle));
    const standing = open && isRun(workflowId) ? await ask() : undefined;
    const why = status.name === 'FAILED' ? await failureOf(client, { workflowId, runId }) : '';
    const isCutOff = CUT_OFF.has(status.name);
    // What was cut off could not take back that it waits.
    const waits = isCutOff ? undefined : attributes.get(WAITING_FOR);
    const troubles = open ? troublesOf(open) : [];
    runs.push({
      workflowId,
      state: status.name.toLowerCase(),
      stage: attributes.get(STAGE) ?? '',
      decision: attributes.get(DECISION) ?? '',
      outcome: isCutOff
        ? await endedByServer(client, { workflowId, runId, status: status.name })
        : (attributes.get(OUTCOME) ?? ''),
      startedAt: startTime,
      notes: [
        ...(waits ? [`waits for: ${waits}`] : []),
        ...(open && type === 'promoteModel' ? await requestsOf(client, handle) : []),
        ...troubles.map((trouble) => `to try again: ${troubleText(trouble, trouble.attempt)}`),
        ...(why ? [why] : []),
        ...(standing ? lostOf(standing.run) : []),
      ],
    });
    if (runs.length === most) break;
  }
  return runs;
}

/** Runs answer for their progress; promotions and rollbacks have none. */
const isRun = (workflowId: string) => /^(improve|dataset|evaluate|register)\//.test(workflowId);

/** Who asks for changes of a promotion that waits: it moves no alias until they take that back. */
async function requestsOf(client: Client, handle: WorkflowHandle): Promise<string[]> {
  const standing = await client
    .withDeadline(Date.now() + PATIENCE_MS, () => handle.query(PROMOTION))
    .catch(() => undefined);
  return (standing?.requests ?? []).map(({ by, why }) => `changes asked for by ${by}: ${why}`);
}

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
