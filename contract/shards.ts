import type { RunConfig } from '../configs/schema.ts';

/** How many rounds there are, and how one's tasks are cut into activities. Pure. */

/** Where nobody writes pairs there is nobody to ask again. */
export const roundsOf = ({ generation }: RunConfig): number => (generation.synthetic ? generation.maxRounds : 1);

/** More tasks make larger shards, not more of them: the history of a run stays below 5,000 events. */
const MAX_SHARDS = 200;

/** Shards of tasks, as [from, to). */
export function shardsOf(tasks: number, shardTasks: number): { from: number; to: number }[] {
  const size = Math.max(shardTasks, Math.ceil(tasks / MAX_SHARDS));
  return Array.from({ length: Math.ceil(tasks / size) }, (_, i) => ({
    from: i * size,
    to: Math.min(tasks, (i + 1) * size),
  }));
}
