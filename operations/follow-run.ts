import { setTimeout as sleep } from 'node:timers/promises';
import {
  WorkflowFailedError,
  type Client,
  type WorkflowExecutionDescription,
  type WorkflowHandle,
} from '@temporalio/client';
import { ActivityFailure, ApplicationFailure, defaultPayloadConverter } from '@temporalio/common';
import { ACTIVITY_WORDS } from '../contract/activity-names.ts';
import type { Heartbeat, ImproveResult, RunProgress } from '../contract/messages.ts';
import { stageLines } from './progress.ts';
import type { ProgressView } from './progress.ts';

const POLL_MS = 500;

/**
 * Shows a run's progress until it ends.
 * @throws RunFailed with the failure's own message
 */
export async function followRun<Result = ImproveResult>(options: {
  client: Client;
  workflowId: string;
  runId: string;
  view: ProgressView;
}): Promise<Result> {
  const { client, workflowId, runId, view } = options;
  const handle = client.workflow.getHandle(workflowId, runId);
  const ended = new AbortController();
  const watching = watch(handle, view, ended.signal);
  try {
    return (await handle.result()) as Result;
  } catch (cause) {
    if (cause instanceof WorkflowFailedError) throw new RunFailed(rootMessage(cause), { cause });
    throw cause;
  } finally {
    ended.abort();
    // The connection may only be closed once no call is pending.
    await watching;
    view.stop();
  }
}

/** A run that ended without a result, in the words of what failed. */
export class RunFailed extends Error {
  override name = 'RunFailed';
}

async function watch(handle: WorkflowHandle, view: ProgressView, ended: AbortSignal): Promise<void> {
  const said = new Set<string>();
  for (let last = false; ; last = ended.aborted) {
    const progress = await readProgress(handle);
    if (progress) view.update(stageLines(progress.run, progress.heartbeats));
    for (const notice of progress ? noticesOf(handle.workflowId, progress) : []) {
      if (!said.has(notice)) view.say(notice);
      said.add(notice);
    }
    if (last) return;
    await sleep(POLL_MS, undefined, { signal: ended }).catch(() => {});
  }
}

/** What a person should know beside the progress: that the run waits for them, what failed, or what is tried again and again. */
function noticesOf(workflowId: string, { run, troubles }: RunStanding): string[] {
  const waits = run.waitingFor?.reason;
  const cap = waits?.includes('tokens') ? '--tokens' : '--usd';
  return [
    ...(run.warnings ?? []),
    ...(run.failures ?? []).flatMap(({ first }) =>
      first.map(({ where, reason, why }) => `Failed, and left out: ${where}: ${reason}: ${why}`),
    ),
    ...(waits === undefined
      ? []
      : [`The run waits: ${waits}. Raise it: npx whetstone raise-budget ${workflowId} ${cap} N --why "..."`]),
    ...troubles.map(
      (trouble) =>
        `Tried again: ${troubleText(trouble, SAID_AT.findLast((n) => n <= trouble.attempt) ?? 1)}. To give up: npx whetstone cancel ${workflowId}; what was paid for is kept.`,
    ),
  ];
}

/** The same trouble is told again after so many tries, and not each time. */
const SAID_AT = [1, 2, 3, 5, 10, 20, 30, 40, 50];

export interface RunStanding {
  run: RunProgress;
  heartbeats: Heartbeat[];
  troubles: Trouble[];
}

/** An activity that failed and is tried again. */
export interface Trouble {
  /** In plain words, what is done. */
  what: string;
  /** Tries that failed. */
  attempt: number;
  /** The most there will be; 0 where there is no end. */
  most: number;
  message: string;
}

/** Activities that are tried again, and why the last try failed. The server alone tells: it needs no worker. */
export function troublesOf({ raw }: WorkflowExecutionDescription): Trouble[] {
  return (raw.pendingActivities ?? []).flatMap(({ activityType, attempt, maximumAttempts, lastFailure }) => {
    // A worker that died is no trouble of the run's: the next one goes on.
    const message = lastFailure?.timeoutFailureInfo ? undefined : lastFailure?.message;
    if (!message) return [];
    const name = activityType?.name ?? '';
    const what = Object.hasOwn(ACTIVITY_WORDS, name) ? ACTIVITY_WORDS[name as keyof typeof ACTIVITY_WORDS] : name;
    return [{ what, attempt: Math.max(1, (attempt ?? 2) - 1), most: maximumAttempts ?? 0, message }];
  });
}

/** One trouble in a line: what failed, how often it was tried, and why. */
export function troubleText({ what, most, message }: Trouble, attempt: number): string {
  const tries = `${attempt} ${attempt === 1 ? 'try' : 'tries'}${most > 0 ? ` of ${most} at most` : ''}`;
  return message.startsWith(what) ? message : `${what} failed after ${tries}: ${message}`;
}

/** Where a run stands. Undefined while no worker answers: the run is safe, only its picture is missing. */
export async function readProgress(handle: WorkflowHandle): Promise<RunStanding | undefined> {
  try {
    const [run, description] = await Promise.all([handle.query<RunProgress>('progress'), handle.describe()]);
    const heartbeats = (description.raw.pendingActivities ?? []).flatMap((activity) => {
      const payload = activity.heartbeatDetails?.payloads?.[0];
      const beat = payload && (defaultPayloadConverter.fromPayload(payload) as Partial<Heartbeat> | undefined);
      return beat?.stage ? [beat as Heartbeat] : [];
    });
    return { run, heartbeats, troubles: troublesOf(description) };
  } catch {
    return undefined;
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
