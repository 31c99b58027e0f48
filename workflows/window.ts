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
  let failure: { cause: unknown } | undefined;
  const lane = async () => {
    while (next < items.length && !failure) {
      const index = next++;
      try {
        results[index] = await run(items[index] as T);
      } catch (cause) {
        failure ??= { cause };
      }
    }
  };
  // At least one lane: with none, nothing would run and all would look done.
  await Promise.all(Array.from({ length: Math.max(1, Math.min(width, items.length)) }, lane));
  if (failure) throw failure.cause;
  return results;
}
