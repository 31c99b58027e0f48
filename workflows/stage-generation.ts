import type { JudgedShard, ResolvedRun } from '../activities/types.ts';
import type { DataRef } from '../datasets/schema.ts';
import * as activity from './proxies.ts';
import type { RunBudget } from './run-budget.ts';
import type { RunState } from './run-state.ts';
import { shardsOf } from './shards.ts';
import { slidingWindow } from './window.ts';

/** Shards under way at once: enough that several workers have work, and that some generate while others are judged. */
const SHARDS_AT_ONCE = 8;

export interface Round {
  /** What the teacher is asked. */
  tasks: DataRef;
  /** 0, 1, ... */
  number: number;
}

/** Generates and judges once, shard by shard; the stages of different shards overlap. Returns the judged shards, in order. */
export async function generateRound(
  run: RunState,
  options: { resolved: ResolvedRun; budget: RunBudget; round: Round },
): Promise<DataRef[]> {
  const { resolved, budget, round } = options;
  const { config } = resolved;
  const { tasks, number } = round;
  const counts = run.progress.generation;
  counts.tasks += tasks.rows;
  const judged = await slidingWindow({
    items: shardsOf(tasks.rows, config.generation.shardChunks),
    width: SHARDS_AT_ONCE,
    run: async ({ from, to }): Promise<JudgedShard> => {
      const shard = { config, tasks, from, to };
      const about = `passages ${from + 1} to ${to}${number > 0 ? `, round ${number + 1}` : ''}`;
      const generated = await budget.spend((terms) =>
        activity.generateShard.executeWithOptions({ summary: `questions on ${about}` }, [{ ...terms, ...shard }]),
      );
      counts.questions += generated.generated;
      counts.tasksDone += to - from;
      run.show();
      const result = await budget.spend((terms) =>
        activity.judgeShard.executeWithOptions({ summary: `judge ${about}` }, [
          { ...terms, ...shard, pairs: generated.pairs },
        ]),
      );
      counts.judged += generated.generated + (result.corrected ?? 0);
      counts.questions += result.corrected ?? 0;
      counts.kept += result.kept;
      for (const [reason, count] of Object.entries(result.rejected))
        counts.rejected[reason] = (counts.rejected[reason] ?? 0) + count;
      run.show();
      return result;
    },
  });
  return judged.map((shard) => shard.examples);
}
