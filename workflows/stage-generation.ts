import type { ResolvedRun, ShardResult } from '../contract/dataset-stages.ts';
import type { DataRef } from '../schema/data.ts';
import type { RunProgress } from '../contract/messages.ts';
import * as activity from './proxies.ts';
import type { RunBudget } from './run-budget.ts';
import type { RunState } from './run-state.ts';
import { shardsOf } from '../contract/shards.ts';
import { stopTogether } from './stop-together.ts';
import { slidingWindow } from './window.ts';

/** Shards under way at once: enough that several workers have work, and that one which ends leaves no gap. */
const SHARDS_AT_ONCE = 8;

/** Tasks of one activity whose calls go out in batches: few large files, not many small ones. */
const BATCH_TASKS = 1000;

/** A batch takes a day at most; an activity has one for the questions, one for the judges, and some for corrections. */
const timeoutOf = ({ batched }: ResolvedRun) => (batched ? { startToCloseTimeout: '7 days' as const } : {});

/** Imported pairs of one activity. */
const IMPORTS_A_SHARD = 500;

/** Judges the pairs that the config imports. Returns the judged shards, in order. */
export async function judgeImports(
  run: RunState,
  options: { resolved: ResolvedRun; budget: RunBudget; imports: DataRef },
): Promise<DataRef[]> {
  const { resolved, budget, imports } = options;
  const { config } = resolved;
  const counts = run.progress.generation;
  const shards = await inShards({
    items: shardsOf(imports.rows, IMPORTS_A_SHARD),
    run: async ({ from, to }): Promise<ShardResult> => {
      const summary = `imported pairs ${from + 1} to ${to}`;
      const made = await budget.spend((terms) =>
        activity.judgeImports.executeWithOptions({ summary, ...timeoutOf(resolved) }, [
          { ...terms, config, imports, from, to },
        ]),
      );
      countShard(counts, made);
      run.failed(made.failures, config);
      run.show();
      return made;
    },
  });
  run.assertFewFailed(config);
  return shards.map(({ examples }) => examples);
}

/** Some at once; when one stops the run, all stop. */
function inShards(options: {
  items: readonly { from: number; to: number }[];
  run: (shard: { from: number; to: number }) => Promise<ShardResult>;
}): Promise<ShardResult[]> {
  const { items, run } = options;
  return stopTogether((part) =>
    slidingWindow({ items, width: SHARDS_AT_ONCE, run: (shard) => part(() => run(shard)) }),
  );
}

export interface Round {
  /** What the teacher is asked. */
  tasks: DataRef;
  /** 0, 1, ... */
  number: number;
}

/** Generates and judges once, shard by shard. Returns the judged shards, in order, and what the teacher skipped. */
export async function generateRound(
  run: RunState,
  options: { resolved: ResolvedRun; budget: RunBudget; round: Round },
): Promise<{ examples: DataRef[]; skipped: DataRef[] }> {
  const { resolved, budget, round } = options;
  const { config } = resolved;
  const { tasks, number } = round;
  const counts = run.progress.generation;
  counts.tasks += tasks.rows;
  const shards = await inShards({
    items: shardsOf(tasks.rows, resolved.batched ? BATCH_TASKS : config.generation.shardChunks),
    run: async ({ from, to }): Promise<ShardResult> => {
      const summary = `questions on passages ${from + 1} to ${to}${number > 0 ? `, round ${number + 1}` : ''}`;
      const shard = { config, tasks, from, to };
      const made = await budget.spend((terms) =>
        activity.makeExamples.executeWithOptions({ summary, ...timeoutOf(resolved) }, [{ ...terms, ...shard }]),
      );
      counts.tasksDone += to - from;
      countShard(counts, made);
      run.failed(made.failures, config, { passages: counts.tasks });
      run.show();
      return made;
    },
  });
  run.assertFewFailed(config);
  return {
    examples: shards.map(({ examples }) => examples),
    skipped: shards.flatMap(({ skipped }) => skipped ?? []),
  };
}

function countShard(counts: RunProgress['generation'], made: ShardResult): void {
  counts.questions += made.examples.rows;
  counts.corrected += made.corrected;
  counts.kept += made.kept;
  if (made.unreadable) counts.unreadable = (counts.unreadable ?? 0) + made.unreadable;
  for (const [reason, count] of Object.entries(made.rejected))
    counts.rejected[reason] = (counts.rejected[reason] ?? 0) + count;
}
