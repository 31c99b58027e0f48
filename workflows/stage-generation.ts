import type { JudgedShard, ResolvedRun } from '../activities/types.ts';
import type { DataRef } from '../datasets/schema.ts';
import * as activity from './proxies.ts';
import type { RunBudget } from './run-budget.ts';
import type { RunState } from './run-state.ts';
import { factsPerChunk, shardsOf } from './shards.ts';
import { slidingWindow } from './window.ts';

/** Shards under way at once: enough that several workers have work, and that some generate while others are judged. */
const SHARDS_AT_ONCE = 8;

/** Generates and judges, shard by shard; the stages of different shards overlap. Returns the judged shards, in order. */
export async function generate(
  run: RunState,
  options: { resolved: ResolvedRun; chunks: DataRef; budget: RunBudget },
): Promise<DataRef[]> {
  const { resolved, chunks, budget } = options;
  const { config } = resolved;
  const facts = factsPerChunk(chunks.rows, config.generation);
  const shards = shardsOf(chunks.rows, config.generation.shardChunks);
  const counts = run.progress.generation;
  const judged = await run.stage(
    'generation',
    () =>
      slidingWindow({
        items: shards,
        width: SHARDS_AT_ONCE,
        run: async ({ from, to }): Promise<JudgedShard> => {
          const shard = { config, chunks, from, to, factsPerChunk: facts };
          const about = `chunks ${from + 1} to ${shard.to}`;
          const generated = await budget.spend((terms) =>
            activity.generateShard.executeWithOptions({ summary: `questions on ${about}` }, [{ ...terms, ...shard }]),
          );
          counts.questions += generated.generated;
          counts.chunksDone += shard.to - shard.from;
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
      }),
    () => `${counts.questions} questions, ${counts.kept} kept by the judges`,
  );
  return judged.map((shard) => shard.examples);
}
