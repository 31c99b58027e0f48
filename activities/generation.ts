import { log } from '@temporalio/activity';
import { mapConcurrent } from '../common/concurrent.ts';
import { isBatched } from '../configs/check-names.ts';
import type { ModelSpec, RunConfig } from '../configs/schema.ts';
import type { Activities } from '../contract/activities.ts';
import type { RunTerms, ShardInput } from '../contract/dataset-stages.ts';
import type { ChatModel } from '../contract/ports.ts';
import { countFailures, failedItem, FailureTally } from '../failures/failure-tally.ts';
import { areFew } from '../generation/held-examples.ts';
import { judgeImported, type PairToImport } from '../generation/imports/read-imports.ts';
import { countVerdicts, makeExamples, type Makers } from '../generation/make-examples.ts';
import { createJudges } from '../judges/index.ts';
import { createPairwiseJudge } from '../judges/models/pairwise.ts';
import { createChatModel } from '../providers/index.ts';
import { FirstReplies } from '../replies/first-replies.ts';
import { GenerationTaskSchema, type DataRef, type Example } from '../schema/data.ts';
import type { GenerationDependencies } from './dependencies.ts';
import { withHeartbeat } from './heartbeat.ts';

/** Rules answer at once; a judge model is bounded by its own concurrency. */
const IMPORTS_AT_ONCE = 64;

export function generationActivities(
  dependencies: GenerationDependencies,
): Pick<Activities, 'makeExamples' | 'judgeImports'> {
  const { artifacts, held, ledger, keys } = dependencies;
  const paid = (spec: ModelSpec, { runId, fresh, budget }: RunTerms): ChatModel =>
    ledger.wrap(createChatModel(spec, keys, ledger.batches), {
      runId,
      fresh,
      budget,
      onNote: (note) => log.warn(note),
    });

  const firstReplies = new FirstReplies();

  const makersOf = ({ config, ...terms }: ShardInput): Makers => {
    const { preferences } = config.generation;
    const teacher = paid(config.teacher, terms);
    return {
      teacher,
      judges: createJudges(config.judges, { chatModel: (spec) => paid(spec, terms) }),
      answering: preferences && (preferences.model ? paid(preferences.model, terms) : teacher),
      pairwise: preferences?.confirmedBy && createPairwiseJudge({ model: paid(preferences.confirmedBy, terms) }),
    };
  };

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
        const makers = makersOf(input);
        const who = `teacher ${makers.teacher.provider}/${makers.teacher.model}`;
        const failures = new FailureTally(config, { passages: tasks.rows });
        let unreadable = 0;
        const made = await mapConcurrent({
          items: await artifacts.loadJsonLines(tasks, GenerationTaskSchema, { from, to }),
          concurrency: atOnce(config, makers.teacher.concurrency),
          signal,
          onProgress: (done, total) => report(done, total, undefined, unreadable),
          fn: async (task) => {
            const one = await makeExamples({ config, makers, task, signal });
            unreadable += one.unreadable;
            if (task.sample === 0) firstReplies.note({ runId: input.runId, who, all: tasks.rows, unread: one.unread });
            for (const example of one.examples) firstReplies.noteJudgements(input.runId, example);
            for (const failed of one.preferences) failures.count('preferences', failed);
            failures.add(...countFailures({ passages: 1, examples: one.examples }));
            return one;
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

/** Calls that go out in batches must come together: one wave of them may take a day. The limiters bound what is online. */
const atOnce = (config: RunConfig, online: number): number => (isBatched(config) ? Infinity : online);
