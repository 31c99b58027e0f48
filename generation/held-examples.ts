import type { DataRef, Example } from '../schema/data.ts';

/** Of larger datasets each example is read when it is needed; these are some tens of megabytes. */
const MOST_HELD = 10_000;
/** A run that has paused for so long reads its shards again. */
const FORGET_MS = 600_000;

/** Whether so many examples may stay in memory. */
export const areFew = (examples: number): boolean => examples <= MOST_HELD;

/**
 * Shards that this worker has made and written, by their content, until their dataset is assembled: where that is done by the
 * same worker, it has nothing left to read.
 */
export class HeldExamples {
  readonly #shards = new Map<string, { rows: readonly Example[]; sinceMs: number }>();

  /** Where there is no room, nothing is held. */
  hold({ sha256 }: DataRef, rows: readonly Example[]): void {
    const sinceMs = performance.now();
    let held = rows.length;
    for (const [key, shard] of this.#shards)
      if (key === sha256 || sinceMs - shard.sinceMs > FORGET_MS) this.#shards.delete(key);
      else held += shard.rows.length;
    if (areFew(held)) this.#shards.set(sha256, { rows, sinceMs });
  }

  of({ sha256 }: DataRef): readonly Example[] | undefined {
    return this.#shards.get(sha256)?.rows;
  }

  forget(shards: readonly DataRef[]): void {
    for (const { sha256 } of shards) this.#shards.delete(sha256);
  }
}
