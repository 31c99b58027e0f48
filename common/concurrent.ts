import pLimit from 'p-limit';

export interface MapConcurrentOptions<Item, Result> {
  items: readonly Item[];
  /** Calls of `fn` under way at once. */
  concurrency: number;
  /** No call of `fn` starts once it is aborted; `fn` itself decides what becomes of those under way. */
  signal?: AbortSignal;
  /** Called after each item, with how many are done. */
  onProgress?: (done: number, total: number) => void;
  fn: (item: Item, index: number) => Promise<Result>;
}

/**
 * Maps items through `fn`, some at once, results in the items' order. The first error stops new calls from starting; the
 * promise rejects with it only after those under way have settled, so that what they paid for is in the ledger.
 */
export async function mapConcurrent<Item, Result>(options: MapConcurrentOptions<Item, Result>): Promise<Result[]> {
  const { items, concurrency, signal, onProgress, fn } = options;
  const limit = pLimit(concurrency);
  let failure: { error: unknown } | undefined;
  let done = 0;

  const results = await Promise.allSettled(
    items.map((item, index) =>
      limit(async () => {
        if (signal?.aborted) failure ??= { error: signal.reason };
        if (failure) throw failure.error;
        try {
          const result = await fn(item, index);
          onProgress?.(++done, items.length);
          return result;
        } catch (error) {
          failure ??= { error };
          throw error;
        }
      }),
    ),
  );
  if (failure) throw failure.error;
  return results.map((result) => (result as PromiseFulfilledResult<Result>).value);
}
