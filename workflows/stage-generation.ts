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
  /** The chunks that are asked, and for how many facts each. */
  chunks: DataRef;
  facts: number;
  /** 0, 1, ... */
  sample: number;
}

/** Generates and judges once, shard by shard; the stages of different shards overlap. Returns the judged shards, in order. */
export async function generateRound(
  run: RunState,
  options: { resolved: ResolvedRun; budget: RunBudget; round: Round },
): Promise<DataRef[]> {
  const { resolved, budget, round } = options;
  const { config } = resolved;
  const { chunks, facts, sample } = round;
  const counts = run.progress.generation;
  counts.chunks += chunks.rows;
  const judged = await slidingWindow({
    items: shardsOf(chunks.rows, config.generation.shardChunks),
    width: SHARDS_AT_ONCE,
    run: async ({ from, to }): Promise<JudgedShard> => {
      const shard = { config, chunks, from, to, factsPerChunk: facts, sample };
      const about = `chunks ${from + 1} to ${to}${sample > 0 ? `, round ${sample + 1}` : ''}`;
      const generated = await budget.spend((terms) =>
        activity.generateShard.executeWithOptions({ summary: `questions on ${about}` }, [{ ...terms, ...shard }]),
      );
      counts.questions += generated.generated;
      counts.chunksDone += to - from;
      run.show();
      const result = await budget.spend((terms) =>
        activity.judgeShard.executeWithOptions({ summary: `judge ${about}` }, [
          { ...terms, ...shard, pairs: generated.pairs },
        ]),
      );
      counts.judged += generated.generated;
      counts.kept += result.kept;
      for (const [reason, count] of Object.entries(result.rejected))
        counts.rejected[reason] = (counts.rejected[reason] ?? 0) + count;
      run.show();
      return result;
    },
  });
  return judged.map((shard) => shard.examples);
}
