/** How chunks are cut into activities, and how much is asked of each. Pure: the forecast uses it too. */

/** More chunks make larger shards, not more of them: the history of a run stays below 5,000 events. */
const MAX_SHARDS = 200;

/** Shards of chunks, as [from, to). */
export function shardsOf(chunks: number, shardChunks: number): { from: number; to: number }[] {
  const size = Math.max(shardChunks, Math.ceil(chunks / MAX_SHARDS));
  return Array.from({ length: Math.ceil(chunks / size) }, (_, i) => ({
    from: i * size,
    to: Math.min(chunks, (i + 1) * size),
  }));
}

/** Facts asked of each chunk, so that the target is met when the judges reject no more than the surplus. */
export function factsPerChunk(
  chunks: number,
  { target, surplus, phrasings }: { target: number; surplus: number; phrasings: number },
): number {
  return Math.ceil((target * (1 + surplus)) / phrasings / Math.max(1, chunks));
}
