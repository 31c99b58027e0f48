/**
 * Runs tasks with at most `width` under way, starting the next as soon as one ends: no barrier, and order of results kept.
 * The first error is thrown once those under way have settled.
 */
export async function slidingWindow<T, R>(options: {
  items: readonly T[];
  width: number;
  run: (item: T) => Promise<R>;
}): Promise<R[]> {
  const { items, width, run } = options;
  const results = Array.from<R>({ length: items.length });
  let next = 0;
  let failed = false;
  const lane = async () => {
    while (next < items.length && !failed) {
      const index = next++;
      try {
        results[index] = await run(items[index] as T);
      } catch (cause) {
        failed = true;
        throw cause;
      }
    }
  };
  const lanes = await Promise.allSettled(Array.from({ length: Math.min(width, items.length) }, lane));
  const failure = lanes.find((l) => l.status === 'rejected');
  if (failure) throw failure.reason;
  return results;
}
