import { GenerationTaskSchema, type Example, type GenerationTask } from '../datasets/schema.ts';
import { createJudges } from '../judges/index.ts';
import { mapConcurrent } from '../providers/concurrent.ts';
import { createChatModel } from '../providers/index.ts';
import type { ChatModel } from '../providers/types.ts';
import type { ModelSpec } from '../configs/schema.ts';
import type { Dependencies } from './dependencies.ts';
import { generate, judgeAndCorrect, passagesOf, UNJUDGED } from './examples.ts';
import { withHeartbeat } from './heartbeat.ts';
import type { Activities, RunTerms, ShardInput } from './types.ts';

/** Pairs judged at once: rules answer at once, a model judge is bounded by its own concurrency. */
const JUDGED_AT_ONCE = 64;

export function generationActivities(dependencies: Dependencies): Pick<Activities, 'generateShard' | 'judgeShard'> {
  const { artifacts, ledger, keys } = dependencies;
  const paid = (spec: ModelSpec, { runId, fresh, budget }: RunTerms): ChatModel =>
    ledger.wrap(createChatModel(spec, keys), { runId, fresh, budget });

  return {
    generateShard: (input) =>
      withHeartbeat({ stage: 'generation', label: 'questions' }, async (report, signal) => {
        const { config } = input;
        const teacher = paid(config.teacher, input);
        const generations = await mapConcurrent({
          items: await tasksOf(dependencies, input),
          concurrency: teacher.concurrency,
          signal,
          onProgress: (done, total) => report(done, total),
          fn: (task) => generate({ config, teacher, task, signal }),
        });
        const rows = generations.flatMap(({ pairs, rejected }): Example[] => [
          ...pairs.map((pair) => ({ ...pair, verdict: UNJUDGED })),
          ...rejected,
        ]);
        return { pairs: await artifacts.writeJsonLines({ kind: 'pairs', rows }), generated: rows.length };
      }),

    judgeShard: (input) =>
      withHeartbeat({ stage: 'generation', label: 'judged' }, async (report, signal) => {
        const { config } = input;
        const teacher = paid(config.teacher, input);
        const judges = createJudges(config.judges, { chatModel: (spec) => paid(spec, input) });
        const passages = passagesOf(await tasksOf(dependencies, input));
        const judged = await mapConcurrent({
          // Written by generateShard and checked by hash; their shape is checked when the dataset is assembled.
          items: await artifacts.loadJsonLines<Example>(input.pairs),
          concurrency: JUDGED_AT_ONCE,
          signal,
          onProgress: (done, total) => report(done, total),
          fn: (example) => judgeAndCorrect({ config, teacher, judges, example, chunks: passages(example), signal }),
        });
        const examples = judged.flat();
        const rejected: Record<string, number> = {};
        for (const { verdict } of examples) {
          if (verdict.decision === 'keep') continue;
          // The first reason counts: a pair is rejected once.
          const [reason = 'unknown'] = verdict.reasons;
          rejected[reason] = (rejected[reason] ?? 0) + 1;
        }
        const kept = examples.filter(({ verdict }) => verdict.decision === 'keep').length;
        const corrected = examples.length - judged.length;
        return {
          examples: await artifacts.writeJsonLines({ kind: 'examples', rows: examples }),
          kept,
          rejected,
          corrected,
        };
      }),
  };
}

async function tasksOf({ artifacts }: Dependencies, { tasks, from, to }: ShardInput): Promise<GenerationTask[]> {
  return artifacts.loadJsonLines(tasks, GenerationTaskSchema, { from, to });
}
