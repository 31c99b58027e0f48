import type { JudgedShard, ResolvedRun } from '../activities/types.ts';
import type { DataRef } from '../datasets/schema.ts';
import * as activity from './proxies.ts';
import type { RunState } from './run-state.ts';
import { slidingWindow } from './window.ts';

/** Shards under way at once: enough to keep generating while others are judged. */
const SHARDS_AT_ONCE = 4;

/** Generates and judges, shard by shard; the stages of different shards overlap. Returns the judged shards, in order. */
export async function generate(
  run: RunState,
  options: { resolved: ResolvedRun; chunks: DataRef; runId: string },
): Promise<DataRef[]> {
  const { resolved, chunks, runId } = options;
  const { config } = resolved;
  const { target, phrasings, surplus, shardChunks } = config.generation;
  const factsPerChunk = Math.ceil((target * (1 + surplus)) / phrasings / Math.max(1, chunks.rows));
  const starts = Array.from({ length: Math.ceil(chunks.rows / shardChunks) }, (_, i) => i * shardChunks);
  const counts = run.progress.generation;
  const judged = await run.stage(
    'generation',
    () =>
      slidingWindow({
        items: starts,
        width: SHARDS_AT_ONCE,
        run: async (from): Promise<JudgedShard> => {
          const shard = { runId, config, chunks, from, to: Math.min(chunks.rows, from + shardChunks), factsPerChunk };
          const about = `chunks ${from + 1} to ${shard.to}`;
          const generated = await activity.generateShard.executeWithOptions({ summary: `questions on ${about}` }, [
            shard,
          ]);
          counts.questions += generated.generated;
          counts.chunksDone += shard.to - shard.from;
          run.show();
          const judging = { ...shard, pairs: generated.pairs };
          const result = await activity.judgeShard.executeWithOptions({ summary: `judge ${about}` }, [judging]);
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
