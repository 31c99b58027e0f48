import { log } from '@temporalio/activity';
import { GenerationTaskSchema, type DataRef, type Example, type Judgement } from '../schema/data.ts';
import { createJudges } from '../judges/index.ts';
import { createPairwiseJudge } from '../judges/models/pairwise.ts';
import { mapConcurrent } from '../common/concurrent.ts';
import { createChatModel } from '../providers/index.ts';
import { isNoJudgement } from '../replies/reply-cause.ts';
import type { ChatModel } from '../contract/ports.ts';
import { isBatched } from '../configs/check-names.ts';
import type { ModelSpec, RunConfig } from '../configs/schema.ts';
import type { Dependencies } from './dependencies.ts';
import { generate } from '../generation/ask-teacher.ts';
import { judgeAndCorrect } from '../generation/judge-pairs.ts';
import { judgeImported, type PairToImport } from '../generation/imports/read-imports.ts';
import { countFailures, failedItem, FailureTally } from '../failures/failure-tally.ts';
import { FirstReplies, unreadOf } from '../replies/first-replies.ts';
import { preferenceOrFailure } from '../generation/preferences.ts';
import { areFew } from '../generation/held-examples.ts';
import { withHeartbeat } from './heartbeat.ts';
import type { Activities, RunTerms } from '../contract/activities.ts';

/** Rules answer at once; a judge model is bounded by its own concurrency. */
const IMPORTS_AT_ONCE = 64;

export function generationActivities(dependencies: Dependencies): Pick<Activities, 'makeExamples' | 'judgeImports'> {
  const { artifacts, held, ledger, keys } = dependencies;
  const paid = (spec: ModelSpec, { runId, fresh, budget }: RunTerms): ChatModel =>
    ledger.wrap(createChatModel(spec, keys, ledger.batches), {
      runId,
      fresh,
      budget,
      onNote: (note) => log.warn(note),
    });

  const firstReplies = new FirstReplies();

  const keep = async (rows: readonly Example[], { generation }: RunConfig): Promise<DataRef> => {
    const shard = await artifacts.writeJsonLines({ kind: 'examples', rows });
    if (areFew(generation.target)) held.hold(shard, rows);
    return shard;
  };

  return {
    judgeImports: (input) =>
      withHeartbeat({ stage: 'generation', label: 'questions' }, async (report, signal) => {
        const { config, imports, from, to } = input;
        const judges = createJudges(config.judges, { chatModel: (spec) => paid(spec, input) });
        const failures = new FailureTally(config, { 'imported pairs': imports.rows });
        const examples = await mapConcurrent({
          // Written by readDocuments and checked by hash.
          items: await artifacts.loadJsonLines<PairToImport>(imports, undefined, { from, to }),
          concurrency: atOnce(config, IMPORTS_AT_ONCE),
          signal,
          onProgress: (done, total) => report(done, total),
          fn: async (imported) => {
            const example = await judgeImported({ config, judges, imported, signal });
            failures.count('imported pairs', failedItem(example));
            firstReplies.noteJudgements(input.runId, example);
            return example;
          },
        });
        return {
          examples: await keep(examples, config),
          corrected: 0,
          failures: failures.counts,
          ...countVerdicts(examples),
        };
      }),

    makeExamples: (input) =>
      withHeartbeat({ stage: 'generation', label: 'questions' }, async (report, signal) => {
        const { config, tasks, from, to } = input;
        const teacher = paid(config.teacher, input);
        const judges = createJudges(config.judges, { chatModel: (spec) => paid(spec, input) });
        const { preferences } = config.generation;
        const comparing = preferences?.confirmedBy;
        const pairwise = comparing && createPairwiseJudge({ model: paid(comparing, input) });
        const answering = preferences && (preferences.model ? paid(preferences.model, input) : teacher);
        const failures = new FailureTally(config, { passages: tasks.rows });
        let unreadable = 0;
        const made = await mapConcurrent({
          items: await artifacts.loadJsonLines(tasks, GenerationTaskSchema, { from, to }),
          concurrency: atOnce(config, teacher.concurrency),
          signal,
          onProgress: (done, total) => report(done, total, undefined, unreadable),
          // A pair is judged as soon as it is there: no call waits for the rest of its batch.
          fn: async (task) => {
            const { chunks } = task;
            const { pairs, rejected, skipped, ...replies } = await generate({ config, teacher, task, signal });
            unreadable += replies.unreadable;
            const unread = pairs.length === 0 ? unreadOf(rejected) : undefined;
            const who = `teacher ${teacher.provider}/${teacher.model}`;
            if (task.sample === 0) firstReplies.note({ runId: input.runId, who, all: tasks.rows, unread });
            const judged = await Promise.all(
              pairs.map((pair) => judgeAndCorrect({ config, teacher, judges, pair, chunks, signal })),
            );
            const examples = await Promise.all(
              judged.flat().map(async (example): Promise<Example> => {
                // One question of each fact: its other phrasings have the same answers.
                if (!answering || example.phrasing > 0 || example.verdict.decision === 'reject') return example;
                const options = { config, model: answering, judges, pairwise, example, chunks, signal };
                const { preference, failed } = await preferenceOrFailure(options);
                failures.count('preferences', failed);
                return { ...example, ...(preference && { preference }) };
              }),
            );
            const all = [...examples, ...rejected];
            for (const example of all) firstReplies.noteJudgements(input.runId, example);
            unreadable += all.flatMap(({ verdict }) => verdict.judgements).filter(isUnreadable).length;
            failures.add(...countFailures({ passages: 1, examples: all }));
            return { examples: all, corrected: examples.length - pairs.length, skipped };
          },
        });
        const examples = made.flatMap((task) => task.examples);
        const skipped = made.flatMap((task) => task.skipped);
        return {
          examples: await keep(examples, config),
          ...(skipped.length > 0 && { skipped: await artifacts.writeJsonLines({ kind: 'skipped', rows: skipped }) }),
          corrected: made.reduce((sum, task) => sum + task.corrected, 0),
          unreadable,
          failures: failures.counts,
          ...countVerdicts(examples),
        };
      }),
  };
}

/** A judge model whose replies could not be read. */
const isUnreadable = ({ label }: Judgement): boolean => isNoJudgement(label);

/** Calls that go out in batches must come together: one wave of them may take a day. The limiters bound what is online. */
const atOnce = (config: RunConfig, online: number): number => (isBatched(config) ? Infinity : online);

function countVerdicts(examples: readonly Example[]): { kept: number; rejected: Record<string, number> } {
  const rejected: Record<string, number> = {};
  for (const { verdict } of examples) {
    if (verdict.decision === 'keep') continue;
    // The first reason counts: a pair is rejected once.
    const [reason = 'unknown'] = verdict.reasons;
    rejected[reason] = (rejected[reason] ?? 0) + 1;
  }
  return { kept: examples.filter(({ verdict }) => verdict.decision === 'keep').length, rejected };
}
