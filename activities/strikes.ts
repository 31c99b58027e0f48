import { ApplicationFailure, CancelledFailure, Context } from '@temporalio/activity';
import { isOurs, wordsOf } from '../failures/item-failure.ts';
import { isPassing } from '../failures/passing-errors.ts';

/** Attempts that may end in an error which nobody knows how to wait out. */
const MOST = 3;

/** Left in the activity's last heartbeat, which the server hands to the next attempt, on whatever worker that runs. */
interface Strike {
  strikes: number;
}

/**
 * What an attempt threw, where it is not known to pass by itself: a mistake of the program, or something unforeseen. It is tried
 * again twice at most, for the same work ends alike, and says what was done in plain words.
 */
export function strike(what: string, error: unknown): unknown {
  if (error instanceof ApplicationFailure || error instanceof CancelledFailure || isPassing(error)) return error;
  const context = contextOf();
  if (!context || context.cancellationSignal.aborted) return error;
  const strikes = (context.info.heartbeatDetails as Partial<Strike> | undefined)?.strikes ?? 0;
  const now: Strike = { strikes: strikes + 1 };
  context.heartbeat(now);
  const over = now.strikes >= MOST;
  const tried = over ? `failed ${MOST} times, and is not tried again` : `failed (try ${now.strikes} of ${MOST})`;
  const report = isOurs(error) ? '. This is a mistake of Whetstone: report it with this message' : '';
  return ApplicationFailure.create({
    type: 'whetstone.program',
    message: `${what} ${tried}: ${wordsOf(error)}${over ? report : ''}`,
    nonRetryable: over,
    cause: error instanceof Error ? error : undefined,
  });
}

/** None where an activity's function is called outside of one. */
function contextOf(): Context | undefined {
  try {
    return Context.current();
  } catch {
    return undefined;
  }
}
