import type { WorkflowExecutionDescription, WorkflowHandle } from '@temporalio/client';
import { defaultPayloadConverter } from '@temporalio/common';
import { ACTIVITY_WORDS } from '../contract/activity-names.ts';
import { PROGRESS, STILL_RUNNING, type Heartbeat, type RunProgress } from '../contract/messages.ts';

/** Where a run stands: its own account, its activities' heartbeats, and what is tried again. */
export interface RunStanding {
  run: RunProgress;
  heartbeats: Heartbeat[];
  troubles: Trouble[];
  /** The run is over, or somebody has asked that it ends: what was under way is not done, only gone. */
  ending: boolean;
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

/** Where a run stands. Undefined while no worker answers: the run is safe, only its picture is missing. */
export async function readStanding(handle: WorkflowHandle): Promise<RunStanding | undefined> {
  try {
    const [run, description] = await Promise.all([handle.query(PROGRESS), handle.describe()]);
    const heartbeats = (description.raw.pendingActivities ?? []).flatMap((activity) => {
      const payload = activity.heartbeatDetails?.payloads?.[0];
      const beat = payload && (defaultPayloadConverter.fromPayload(payload) as Partial<Heartbeat> | undefined);
      return beat?.stage ? [beat as Heartbeat] : [];
    });
    return { run, heartbeats, troubles: troublesOf(description), ending: isEnding(description) };
  } catch {
    return undefined;
  }
}

const isEnding = ({ status, raw }: WorkflowExecutionDescription): boolean =>
  status.name !== 'RUNNING' || raw.workflowExtendedInfo?.cancelRequested === true;

/** Activities that are tried again, and why the last try failed. The server alone tells: it needs no worker. */
export function troublesOf({ raw }: WorkflowExecutionDescription): Trouble[] {
  return (raw.pendingActivities ?? []).flatMap(({ activityType, attempt, maximumAttempts, lastFailure }) => {
    // A worker that died is no trouble of the run's: the next one goes on. Nor is a job that does.
    const goesOn = lastFailure?.applicationFailureInfo?.type === STILL_RUNNING;
    const message = lastFailure?.timeoutFailureInfo || goesOn ? undefined : lastFailure?.message;
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
