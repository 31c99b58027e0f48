import { setTimeout as sleep } from 'node:timers/promises';
import { WorkflowFailedError, type Client } from '@temporalio/client';
import {
  ActivityFailure,
  ApplicationFailure,
  CancelledFailure,
  TerminatedFailure,
  TimeoutFailure,
} from '@temporalio/common';
import type { ImproveResult } from '../contract/messages.ts';
import { readStanding, type RunStanding } from './run-standing.ts';

const POLL_MS = 500;
/** Where no worker answers, the end of a run is told after this long. */
const PATIENCE_MS = 10_000;

/**
 * Waits for a run to end, and tells where it stands: often while it runs, and once at its end.
 * @param options.onStanding not called while no worker answers
 * @throws RunFailed, which says how it ended
 */
export async function followRun<Result = ImproveResult>(options: {
  client: Client;
  workflowId: string;
  runId: string;
  onStanding: (standing: RunStanding) => void;
}): Promise<Result> {
  const { client, workflowId, runId, onStanding } = options;
  const handle = client.workflow.getHandle(workflowId, runId);
  const ended = new AbortController();
  const look = () => client.withDeadline(Date.now() + PATIENCE_MS, () => readStanding(handle));
  const watching = watch(look, onStanding, ended.signal);
  try {
    return (await handle.result()) as Result;
  } catch (cause) {
    if (cause instanceof WorkflowFailedError) throw new RunFailed(endOf(workflowId, cause), { cause });
    throw cause;
  } finally {
    ended.abort();
    // The connection may only be closed once no call is pending.
    await watching;
  }
}

/** A run that ended without a result: what failed, or that somebody ended it. */
export class RunFailed extends Error {
  override name = 'RunFailed';
}

function endOf(workflowId: string, failed: WorkflowFailedError): string {
  const { cause } = failed;
  if (cause instanceof CancelledFailure) return `${workflowId} was cancelled; what was paid for is kept`;
  if (cause instanceof TerminatedFailure) return `${workflowId} was terminated: ${cause.message}`;
  if (cause instanceof TimeoutFailure) return `${workflowId} took longer than its workflow may`;
  return `${workflowId} failed: ${rootMessage(failed)}`;
}

async function watch(
  look: () => Promise<RunStanding | undefined>,
  onStanding: (standing: RunStanding) => void,
  ended: AbortSignal,
): Promise<void> {
  for (let last = false; ; last = ended.aborted) {
    const standing = await look();
    if (standing) onStanding(standing);
    if (last) return;
    await sleep(POLL_MS, undefined, { signal: ended }).catch(() => {});
  }
}

/** Why a run failed, in the words of what failed. */
export async function failureOf(client: Client, run: { workflowId: string; runId: string }): Promise<string> {
  try {
    await client.workflow.getHandle(run.workflowId, run.runId).result();
    return '';
  } catch (error) {
    return error instanceof Error ? rootMessage(error) : String(error);
  }
}

/** The message of what failed at the bottom: activity and workflow failures only wrap it. */
function rootMessage(error: Error): string {
  let current: Error = error;
  while (
    current.cause instanceof Error &&
    (current instanceof WorkflowFailedError || current instanceof ActivityFailure)
  ) {
    current = current.cause;
  }
  return current instanceof ApplicationFailure && current.message
    ? current.message
    : current.message || String(current);
}
