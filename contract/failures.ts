import { oneLine, shortened } from '../common/shortened.ts';
/** What could not be processed, counted and told: the same for activities, workflows and the terminal. Pure. */

/** Reasons of rejects that are failures: something went wrong with the item, and nobody judged it. */
const FAILURE_REASONS = ['failed', 'refused', 'filtered', 'too-long', 'malformed'] as const;
export type FailureReason = (typeof FAILURE_REASONS)[number];

export const isFailure = (reason: string | undefined): reason is FailureReason =>
  (FAILURE_REASONS as readonly (string | undefined)[]).includes(reason);

/** One item that failed: where it is from, and why in the words of the program or the server. */
export interface FailedItem {
  /** In words: `document kettles, passage kettles#2`. */
  where: string;
  reason: FailureReason;
  why: string;
}

/** Items of one kind in one stage. */
export interface FailureCount {
  /** In words, in the plural: `passages`, `pairs`, `answers of tuned to test`. */
  what: string;
  tried: number;
  failed: number;
  reasons: Record<string, number>;
  /** The first of them. */
  first: FailedItem[];
}

/** Failures that are told one by one. */
const TOLD = 3;
/** Letters of a failure's own words: a server may send a page. */
const WORDS = 300;

export const noFailures = (what: string): FailureCount => ({ what, tried: 0, failed: 0, reasons: {}, first: [] });

/** Counts one item that was tried. */
export function countItem(count: FailureCount, failed: FailedItem | undefined): void {
  count.tried += 1;
  if (!failed) return;
  count.failed += 1;
  count.reasons[failed.reason] = (count.reasons[failed.reason] ?? 0) + 1;
  if (count.first.length < TOLD) count.first.push({ ...failed, why: shortened(oneLine(failed.why), WORDS) });
}

/** Adds what an activity counted to what a stage has counted so far, kind by kind. */
export function addFailures(all: FailureCount[], more: readonly FailureCount[]): void {
  for (const { what, tried, failed, reasons, first } of more) {
    let count = all.find((one) => one.what === what);
    if (!count) all.push((count = noFailures(what)));
    count.tried += tried;
    count.failed += failed;
    for (const [reason, n] of Object.entries(reasons)) count.reasons[reason] = (count.reasons[reason] ?? 0) + n;
    count.first.push(...first.slice(0, TOLD - count.first.length));
  }
}

/** One failure is no pattern: it never stops a run. */
const FEWEST = 2;
/** Items after which it is known that nothing works, and the share from which on nothing does. */
const ENOUGH = 100;
const NEARLY_ALL = 0.9;

/**
 * Whether so many failed that the run is to stop: their share of all items is above the limit, or is sure to be, however well the rest
 * goes; or nearly all failed of the first hundred. A share of the first items says nothing: failures come together, as the passages
 * of one document do.
 * @param items of the whole stage, where that is known
 * @param whole the count is of all that the stage has tried so far, and not of one activity
 */
export function tooManyFailed(
  count: FailureCount,
  options: { maxFailed: number; items?: number | undefined; whole?: boolean },
): boolean {
  const { tried, failed } = count;
  const { maxFailed, items = Infinity, whole = false } = options;
  if (failed < FEWEST || failed / tried <= maxFailed) return false;
  if (failed > maxFailed * items) return true;
  return whole && tried >= ENOUGH && failed >= NEARLY_ALL * tried;
}

/** Why a run stops: how many failed, the first of them, and what to do. */
export function tooManyMessage(count: FailureCount, maxFailed: number): string {
  const { tried, failed, what } = count;
  return (
    `${failed} of ${tried} ${what} failed (${percent(failed / tried)}), more than limits.maxFailed allows (${percent(maxFailed)}): ` +
    `${reasonsOf(count)}. ${firstOf(count)}. Fix: mend what they say, or leave these out of the documents; ` +
    'or raise limits.maxFailed to go on without them. What was paid for is kept in the ledger'
  );
}

/** A line for each kind of item of which some failed. */
export function failureLines(counts: readonly FailureCount[]): string[] {
  return counts
    .filter(({ failed }) => failed > 0)
    .map((count) => `${count.failed} of ${count.tried} ${count.what} failed: ${reasonsOf(count)}. ${firstOf(count)}.`);
}

const reasonsOf = ({ reasons }: FailureCount) =>
  Object.entries(reasons)
    .map(([reason, n]) => `${n} ${reason}`)
    .join(', ');

/** Words that several share are said once. */
function firstOf({ first }: FailureCount): string {
  const alike = Map.groupBy(first, ({ reason, why }) => `${reason}: ${why}`);
  const told = [...alike].map(([why, items]) => `${items.map(({ where }) => where).join('; ')} (${why})`);
  return `${first.length === 1 ? 'It was' : 'The first were'} ${told.join('; ')}`;
}

const percent = (share: number) => `${Number((100 * share).toFixed(1))}%`;
