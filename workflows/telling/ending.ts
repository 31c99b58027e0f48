import {
  ActivityFailure,
  ApplicationFailure,
  ChildWorkflowFailure,
  isCancellation,
  patched,
  setCurrentDetails,
  TemporalFailure,
  TimeoutFailure,
  upsertSearchAttributes,
  workflowInfo,
} from '@temporalio/workflow';
import { ACTIVITY_WORDS } from '../../contract/activity-names.ts';
import { OUTCOME, SEARCH_ATTRIBUTES, WAITING_FOR } from '../../contract/messages.ts';
import { listedOutcome, type Outcome } from '../../contract/runs/outcome.ts';
import { describeEnding } from './lines.ts';

/** How each workflow tells its end, whatever end that is: in the list, by `WhetstoneOutcome`, and on its page. */

export interface Told {
  /** How the end is shown on the workflow's page; until this is said, the page has the end alone. */
  onEnd(show: (outcome: Outcome) => void): void;
}

/** Thrown where a workflow ends before its work is done, and has not failed. Not caught by whoever waits for a failure. */
export class EndsHere<End> extends Error {
  override name = 'EndsHere';
  readonly end: End;
  constructor(end: End) {
    super('it ends here');
    this.end = end;
  }
}

/** What became of it, and what to do after a failure or a cancellation. `type`: of what failed at the bottom, where it has one. */
export interface Ends<T> {
  outcomeOf: (result: T) => Outcome;
  next: (how: 'failed' | 'cancelled', type: string) => string;
}

/**
 * Runs a workflow's work and tells its end. One that is terminated runs no code any more and can tell nothing: its status says so.
 */
export async function tellEnding<T>(work: (told: Told) => Promise<T>, ends: Ends<T>): Promise<T> {
  beginEmpty();
  let show: (outcome: Outcome) => void = (outcome) => setCurrentDetails(describeEnding(outcome));
  const tell = (outcome: Outcome) => {
    // A page is no event: runs of before have their last one as well.
    show(outcome);
    if (!patched('outcome-is-told')) return;
    const waits = workflowInfo().typedSearchAttributes.get(WAITING_FOR);
    upsertSearchAttributes([
      { key: OUTCOME, value: listedOutcome(outcome) },
      // What is over waits for nobody.
      ...(waits ? [{ key: WAITING_FOR, value: '' }] : []),
    ]);
  };
  let result: T;
  try {
    result = await work({ onEnd: (shown) => (show = shown) });
  } catch (error) {
    if (error instanceof EndsHere) {
      const end = error.end as T;
      tell(ends.outcomeOf(end));
      return end;
    }
    // Any other error is a bug, for which the task is tried again: the workflow does not end.
    if (error instanceof TemporalFailure) tell(endOfFailure(error, ends.next));
    throw error;
  }
  tell(ends.outcomeOf(result));
  return result;
}

function endOfFailure(error: TemporalFailure, next: Ends<never>['next']): Outcome {
  if (isCancellation(error)) return { is: 'cancelled', why: 'somebody cancelled it', next: next('cancelled', '') };
  const bottom = bottomOf(error);
  const type = bottom instanceof ApplicationFailure ? (bottom.type ?? '') : '';
  return { is: 'failed', why: reasonOf(error), next: next('failed', type) };
}

/** Why something failed, in the words of what failed at the bottom: activities and children only wrap it. */
export function reasonOf(error: Error): string {
  const bottom = bottomOf(error);
  if (!(bottom instanceof TimeoutFailure)) return bottom.message || bottom.name;
  const { activityType = '' } = error instanceof ActivityFailure ? error : {};
  const what = Object.hasOwn(ACTIVITY_WORDS, activityType)
    ? ACTIVITY_WORDS[activityType as keyof typeof ACTIVITY_WORDS]
    : activityType || 'it';
  return `${what} took too long, or no worker took it up (${(bottom.timeoutType ?? 'time-out').toLowerCase().replaceAll('_', ' ')})`;
}

function bottomOf(error: Error): Error {
  const wraps = error instanceof ActivityFailure || error instanceof ChildWorkflowFailure;
  return wraps && error.cause ? bottomOf(error.cause) : error;
}

/** The Start form of the Temporal UI puts in what the last run had: what another run came to says nothing of this one. */
function beginEmpty(): void {
  const { typedSearchAttributes } = workflowInfo();
  const left = SEARCH_ATTRIBUTES.filter((key) => typedSearchAttributes.get(key) !== undefined);
  if (left.length > 0 && patched('attributes-begin-empty'))
    upsertSearchAttributes(left.map((key) => ({ key, value: null })));
}
