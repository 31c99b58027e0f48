import { ChunkSchema, type Chunk, type Example } from '../datasets/schema.ts';
import { generationRequest, parseGeneration, replyProblem } from '../datasets/generate.ts';
import { createJudges, runPanel } from '../judges/index.ts';
import { askStructured, type Read } from '../providers/ask-structured.ts';
import { mapConcurrent } from '../providers/concurrent.ts';
import { createChatModel } from '../providers/index.ts';
import type { ChatModel } from '../providers/types.ts';
import type { ModelSpec } from '../configs/schema.ts';
import type { Dependencies } from './dependencies.ts';
import { withHeartbeat } from './heartbeat.ts';
import type { Activities, RunTerms, ShardInput } from './types.ts';

/** Pairs judged at once: rules answer at once, a model judge is bounded by its own concurrency. */
const JUDGED_AT_ONCE = 64;

/** The verdict of a pair that no judge has seen yet. */
const UNJUDGED: Example['verdict'] = { decision: 'keep', reasons: [], judgements: [] };

export function generationActivities(dependencies: Dependencies): Pick<Activities, 'generateShard' | 'judgeShard'> {
  const { artifacts, ledger, keys } = dependencies;
  const paid = (spec: ModelSpec, { runId, fresh, budget }: RunTerms): ChatModel =>
    ledger.wrap(createChatModel(spec, keys), { runId, fresh, budget });

  return {
    generateShard: (input) =>
      withHeartbeat({ stage: 'generation', label: 'questions' }, async (report, signal) => {
        const { config, factsPerChunk, sample } = input;
        const { phrasings } = config.generation;
        const teacher = paid(config.teacher, input);
        const settings =
          config.teacher.provider === 'builtin'
            ? {}
            : { temperature: config.teacher.temperature, maxTokens: config.teacher.maxTokens };
        const generations = await mapConcurrent({
          items: await chunksOf(dependencies, input),
          concurrency: teacher.concurrency,
          signal,
          onProgress: (done, total) => report(done, total),
          fn: async (chunk) => {
            const request = generationRequest({ chunk, facts: factsPerChunk, phrasings, sample, ...settings });
            const { reply } = await askStructured({ model: teacher, request, read: readReply, signal });
            return parseGeneration({
              reply: reply.text,
              chunk,
              phrasings,
              teacher: `${teacher.provider}/${teacher.model}`,
              sample,
            });
          },
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
        const judges = createJudges(config.judges, { chatModel: (spec) => paid(spec, input) });
        const context = new Map((await chunksOf(dependencies, input)).map(({ id, text }) => [id, text]));
        const examples = await mapConcurrent({
          // Written by generateShard and checked by hash; their shape is checked when the dataset is assembled.
          items: await artifacts.loadJsonLines<Example>(input.pairs),
          concurrency: JUDGED_AT_ONCE,
          signal,
          onProgress: (done, total) => report(done, total),
          fn: async (example): Promise<Example> => {
            // What could not be parsed has its verdict already.
            if (example.verdict.decision === 'reject') return example;
            const { question, answer, chunkId } = example;
            return {
              ...example,
              verdict: await runPanel({ judges, subject: { question, answer, context: context.get(chunkId) }, signal }),
            };
          },
        });
        const rejected: Record<string, number> = {};
        for (const { verdict } of examples) {
          if (verdict.decision === 'keep') continue;
          // The first reason counts: a pair is rejected once.
          const [reason = 'unknown'] = verdict.reasons;
          rejected[reason] = (rejected[reason] ?? 0) + 1;
        }
        const kept = examples.filter(({ verdict }) => verdict.decision === 'keep').length;
        return { examples: await artifacts.writeJsonLines({ kind: 'examples', rows: examples }), kept, rejected };
      }),
  };
}

function readReply(text: string): Read<string> {
  const problem = replyProblem(text);
  return problem === undefined ? { status: 'read', value: text } : { status: 'unread', problem };
}

async function chunksOf({ artifacts }: Dependencies, { chunks, from, to }: ShardInput): Promise<Chunk[]> {
  return artifacts.loadJsonLines(chunks, ChunkSchema, { from, to });
}
