import { dayOf } from '../common/time-text.ts';
import { mapConcurrent } from '../common/concurrent.ts';
import type { RemoteModelSpec } from '../configs/schema.ts';
import type { Activities } from '../contract/activities.ts';
import type { RunTerms } from '../contract/dataset-stages.ts';
import { collectCorrections } from '../evaluation/corrections/measure-corrections.ts';
import { partsByChange } from '../evaluation/corrections/parts.ts';
import { answerOne } from '../evaluation/answer-one.ts';
import { lookHosted } from '../evaluation/look-hosted.ts';
import { answerer } from '../evaluation/answerer.ts';
import { writeAnswers } from '../evaluation/answers-parquet.ts';
import { evaluationMarkdown } from '../evaluation/report/report.ts';
import { measureArms } from '../evaluation/statistics/measured.ts';
import { measureSuite, type MeasuredSuite } from '../evaluation/statistics/measure-suite.ts';
import { FailureTally } from '../failures/failure-tally.ts';
import { createMetric } from '../judges/index.ts';
import { createChatModel } from '../providers/index.ts';
import type { DataRef } from '../schema/data.ts';
import { AnswerSchema, SuiteQuestionSchema, type Answer, type Evaluation } from '../schema/evaluation.ts';
import type { EvaluationDependencies } from './dependencies.ts';
import { withHeartbeat } from './heartbeat.ts';

type Measured = MeasuredSuite & { results: DataRef };

export function evaluationActivities(
  dependencies: EvaluationDependencies,
): Pick<Activities, 'answerSuite' | 'compareArms' | 'lookHosted'> {
  const { artifacts, keys, ledger, hosted } = dependencies;
  const { today = dayOf } = dependencies;
  return {
    answerSuite: (input) =>
      withHeartbeat(
        { stage: 'evaluation', label: `${input.suite.name}: ${input.arm.name}` },
        async (report, signal) => {
          const questions = await artifacts.loadJsonLines(input.suite.questions, SuiteQuestionSchema);
          const answer = await answerer({ ...dependencies, today: today() }, input, signal);
          const asked = (spec: RemoteModelSpec | undefined) =>
            spec && ledger.wrap(createChatModel(spec, keys, ledger.batches), termsOf(input));
          const { factsModel, contextsModel } = input.config.evaluation;
          const models = { factsModel: asked(factsModel), contextsModel: asked(contextsModel) };
          const metrics = input.config.evaluation.metrics.map((name) => ({
            name,
            judge: createMetric(name, models),
          }));
          const what = `answers of ${input.arm.name} to ${input.suite.name}`;
          const failures = new FailureTally(input.config, { [what]: questions.length });
          const rows = await mapConcurrent({
            items: questions,
            concurrency: input.config.evaluation.concurrency,
            signal,
            onProgress: (done, total) => report(done, total),
            fn: async (question): Promise<Answer> => {
              const { row, failed } = await answerOne({ input, question, answer, metrics, signal });
              failures.count(what, failed);
              return row;
            },
          });
          return { ...(await artifacts.writeJsonLines({ kind: 'answers', rows })), failures: failures.counts };
        },
      ),

    lookHosted: (input) =>
      withHeartbeat({ stage: 'base', label: 'model' }, (_report, signal) => lookHosted({ ...input, hosted, signal })),

    compareArms: ({ config, suites, against, bases, models, serving, plan, changes }) =>
      withHeartbeat({ stage: 'evaluation', label: 'statistics' }, async (report) => {
        const measured: Measured[] = [];
        const corrections = changes && collectCorrections({ config, changes, against });
        const times: Parameters<typeof measureArms>[0][number][] = [];
        for (const [i, { suite, answers }] of suites.entries()) {
          const rows = (await Promise.all(answers.map((ref) => artifacts.loadJsonLines(ref, AnswerSchema)))).flat();
          const questions = corrections && (await artifacts.loadJsonLines(suite.questions, SuiteQuestionSchema));
          if (questions) corrections.add(suite.name, questions, rows);
          measured.push({
            ...measureSuite({ config, suite, rows, bases, documents: questions && partsByChange(questions) }),
            results: await writeAnswers({ artifacts, rows }),
          });
          times.push(
            ...rows.map(({ arm, latencyMs, inputTokens, outputTokens }) => ({
              arm,
              latencyMs,
              inputTokens,
              outputTokens,
            })),
          );
          report(i + 1, suites.length, suite.name);
        }
        const kept = plan && { ...plan, config, suites: suites.map(({ suite }) => suite) };
        const evaluation: Evaluation = {
          against,
          ...(bases && { bases }),
          suites: measured.map(({ judges: _judges, sample: _sample, ...suite }) => suite),
          models,
          ...(serving && { serving }),
          measured: measureArms(times),
          // Who measured first, where suites were measured by several.
          judges: measured.reduce<Evaluation['judges']>((all, { judges }) => ({ ...all, ...judges, ...all }), {}),
          // As lines: they keep no artifact that they name from a clean-up.
          ...(kept && { plan: await artifacts.writeJsonLines({ kind: 'evaluation-plans', rows: [kept] }) }),
          ...(corrections && { corrections: corrections.result() }),
        };
        const evidence = await artifacts.addBytes({
          kind: 'evidence',
          bytes: Buffer.from(JSON.stringify(evaluation, null, 2)),
          ending: '.json',
          rows: 1,
        });
        const table = config.candidates.map(({ name }) => evaluationMarkdown(evaluation, name)).join('\n');
        return { evaluation, evidence, table, sample: measured.find(({ sample }) => sample)?.sample ?? null };
      }),
  };
}

const termsOf = ({ runId, fresh, budget }: RunTerms): RunTerms => ({ runId, fresh, budget });
