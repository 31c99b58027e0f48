import { ApplicationFailure, CancelledFailure } from '@temporalio/common';
import { ConfigError } from '../common/config-errors.ts';
import { ArtifactError, ArtifactsUnreachableError, DatasetError, DocumentError, RunError } from '../common/errors.ts';
import { rejectPair } from '../schema/reject.ts';
import type { Example, QaPair } from '../schema/data.ts';
import { BudgetError } from '../contract/budget-error.ts';
import { ProviderError } from '../contract/ports.ts';
import type { FailedItem } from '../contract/failures.ts';
import { isPassing } from './passing-errors.ts';

/** What one item's processing threw, as the item's own failure: it becomes a reject, and the run goes on. */
export type ItemFailure = Pick<FailedItem, 'reason' | 'why'>;

/** Changes when other errors become rejects: part of each reject's judgement. */
const VERSION = 'failure-1';

/** These concern everything that a run does: the next item would fail alike, or must not be paid for. */
const OF_THE_RUN = [
  ApplicationFailure,
  CancelledFailure,
  BudgetError,
  ConfigError,
  RunError,
  DocumentError,
  ArtifactError,
  ArtifactsUnreachableError,
  DatasetError,
];
/** A refusal of one request for what it says; any other status is about the key, the model, the account or the address. */
const REFUSED_FOR_CONTENT = [400, 413, 422];
const FILTERED =
  /content.?(filter|management|policy)|filtered|moderation|safety (system|policy|polic)|responsible ai|\bflagged\b/i;
const TOO_LONG =
  /context.?(length|window|size)|maximum context|(prompt|input|request|message)s? (is |are )?too (long|large)|too many tokens|payload too large|entity too large|(input|prompt|sequence) (length|tokens)[^.]*(exceed|must|longer|limit|<=)|inputs tokens|exceed\w*[^.]*(tokens|length)/i;

/**
 * The failure of one item, from what its processing threw; undefined for what concerns the whole run, which is thrown on: a budget
 * that is used up, a key or model that is refused, a server that is away, a cancellation, a store that can't be read or written.
 */
export function itemFailure(error: unknown): ItemFailure | undefined {
  if (OF_THE_RUN.some((kind) => error instanceof kind) || isAbort(error)) return undefined;
  if (error instanceof ProviderError) return refusal(error);
  if (isPassing(error)) return undefined;
  return { reason: 'failed', why: wordsOf(error) };
}

const isAbort = (error: unknown): boolean => error instanceof Error && error.name === 'AbortError';

function refusal(error: ProviderError): ItemFailure | undefined {
  const { kind, status, message } = error;
  if (kind === 'malformed') return { reason: 'malformed', why: message };
  if (kind !== 'bad-request') return undefined;
  // A client that threw before it sent anything.
  if (status === undefined) return isOurs(error.cause) ? { reason: 'failed', why: message } : undefined;
  if (!REFUSED_FOR_CONTENT.includes(status)) return undefined;
  // After the subject, which a person named.
  const said = message.slice(message.indexOf('(HTTP'));
  if (FILTERED.test(said)) return { reason: 'filtered', why: message };
  return { reason: status === 413 || TOO_LONG.test(said) ? 'too-long' : 'refused', why: message };
}

/** Mistakes of the program, not of the world. */
const OURS = ['TypeError', 'RangeError', 'ReferenceError', 'SyntaxError', 'AssertionError'];
export const isOurs = (error: unknown): boolean => error instanceof Error && OURS.includes(error.name);

/** With its name and place, for a mistake of the program: its message alone tells nobody anything. */
export function wordsOf(error: unknown): string {
  if (!(error instanceof Error)) return `threw ${String(error)}`;
  const place = /\n\s+at (?:.*\()?(?:file:\/\/)?\S*?([\w.-]+\/[\w.-]+:\d+):\d+\)?/.exec(error.stack ?? '')?.[1];
  return isOurs(error)
    ? `${error.name}: ${error.message}${place ? ` (at ${place})` : ''}`
    : error.message || error.name;
}

/**
 * Does one item's work; what it throws of its own becomes what `failed` makes of it.
 * @throws what concerns the whole run, and anything once the signal is aborted
 */
export async function orFailed<T>(options: {
  work: () => Promise<T> | T;
  failed: (failure: ItemFailure) => T;
  signal?: AbortSignal | undefined;
}): Promise<T> {
  const { work, failed, signal } = options;
  try {
    return await work();
  } catch (error) {
    const failure = signal?.aborted ? undefined : itemFailure(error);
    if (!failure) throw error;
    return failed(failure);
  }
}

/** A pair whose processing failed. */
export const failedPair = (pair: QaPair, failure: ItemFailure): Example =>
  rejectPair(pair, { ...failure, version: VERSION });
