import type { RunConfig } from '../configs/schema.ts';
import type { Example } from '../schema/data.ts';
import {
  addFailures,
  countItem,
  isFailure,
  noFailures,
  tooManyFailed,
  tooManyMessage,
  type FailedItem,
  type FailureCount,
} from '../contract/failures.ts';
import { RunError } from '../common/errors.ts';
import { FAILED_ITEMS } from '../contract/messages.ts';

/** What failed in one activity, kind by kind, and the end of it once too many have. */
export class FailureTally {
  readonly counts: FailureCount[] = [];
  readonly #maxFailed: number;
  readonly #items: Record<string, number>;

  /** @param items of the whole stage, of the kinds of which that is known */
  constructor({ limits }: Pick<RunConfig, 'limits'>, items: Readonly<Record<string, number>> = {}) {
    this.#maxFailed = limits.maxFailed;
    this.#items = { ...items };
  }

  /** How many items of a kind there are in the whole stage, where that is known later. */
  expect(what: string, items: number): void {
    this.#items[what] = items;
  }

  /** @throws RunError that says which failed, once the share of failures is sure to be above `limits.maxFailed` */
  add(...more: readonly FailureCount[]): void {
    addFailures(this.counts, more);
    for (const { what } of more) {
      const count = this.counts.find((one) => one.what === what);
      if (count && tooManyFailed(count, { maxFailed: this.#maxFailed, items: this.#items[what] }))
        throw new RunError(FAILED_ITEMS, tooManyMessage(count, this.#maxFailed));
    }
  }

  /** One item of a kind. @throws as `add` */
  count(what: string, failed: FailedItem | undefined): void {
    const one = noFailures(what);
    countItem(one, failed);
    this.add(one);
  }
}

/** Counts examples' failures; a reject without a question stands for its passage. */
export function countFailures(tried: { passages: number; examples: readonly Example[] }): FailureCount[] {
  const passages = noFailures('passages');
  const pairs = noFailures('pairs');
  for (const example of tried.examples) {
    const failed = failedItem(example);
    if (example.question !== '') countItem(pairs, failed);
    else if (failed) countItem(passages, failed);
  }
  passages.tried = tried.passages;
  return [passages, pairs].filter((count) => count.tried > 0);
}

/** What failed of an example, with its document and passage; undefined where nothing did. */
export function failedItem({ verdict, documentId, chunkId, question }: Example): FailedItem | undefined {
  const [reason] = verdict.reasons;
  if (!isFailure(reason)) return undefined;
  const asked = question === '' ? '' : `, question "${question}"`;
  const why = verdict.judgements.find(({ judge }) => judge === reason)?.reason ?? '';
  return { where: `${placeOf({ documentId, chunkId })}${asked}`, reason, why };
}

/** In words: document and passage. */
export const placeOf = ({ documentId, chunkId }: { documentId: string; chunkId: string }): string =>
  documentId === chunkId ? `file ${documentId}` : `document ${documentId}, passage ${chunkId}`;
