import {
  AnswerSchema,
  baseArmOf,
  ECHO_ARM,
  INCUMBENT_ARM,
  SuiteQuestionSchema,
  type Answer,
  type Comparison,
  type Evaluation,
  type SuiteQuestion,
} from '../schema/evaluation.ts';
import { compareArms } from '../evaluation/statistics/compare.ts';
import { createLookup } from '../evaluation/lookup.ts';
import { evaluationMarkdown } from '../evaluation/report/report.ts';
import { slicesOf } from '../evaluation/statistics/slices.ts';
import { echoOf } from '../language/echo.ts';
import { readExamples } from '../datasets/files/example-rows.ts';
import { createMetric } from '../judges/index.ts';
import { mapConcurrent } from '../common/concurrent.ts';
import { createChatModel } from '../providers/index.ts';
import type { ChatMessage } from '../contract/ports.ts';
import { localFolderRef } from '../artifacts/local-ref.ts';
import { writeAnswers } from '../evaluation/answers-parquet.ts';
import type { Dependencies } from './dependencies.ts';
import { answerOne } from '../evaluation/answer-one.ts';
import { FailureTally } from '../failures/failure-tally.ts';
import { freezeSuites } from '../evaluation/suites/freeze.ts';
import { withHeartbeat } from './heartbeat.ts';
import { weightsOf } from '../contract/model-ref.ts';
import type { Activities, AnswerInput, RunTerms } from '../contract/activities.ts';

export function evaluationActivities(
  dependencies: Dependencies,
): Pick<Activities, 'freezeSuites' | 'answerSuite' | 'compareArms'> {
  const { artifacts, keys, ledger } = dependencies;
  return {
    freezeSuites: (input) =>
      withHeartbeat({ stage: 'evaluation', label: 'suites' }, (report, signal) =>
        freezeSuites({ ...input, dependencies, report, signal }),
      ),

    answerSuite: (input) =>
      withHeartbeat(
        { stage: 'evaluation', label: `${input.suite.name}: ${input.arm.name}` },
        async (report, signal) => {
          const questions = await artifacts.loadJsonLines(input.suite.questions, SuiteQuestionSchema);
          const answer = await answerer(dependencies, input, signal);
          const { factsModel: spec } = input.config.evaluation;
          const factsModel = spec && ledger.wrap(createChatModel(spec, keys, ledger.batches), termsOf(input));
          const metrics = input.config.evaluation.metrics.map((name) => ({
            name,
            judge: createMetric(name, { factsModel }),
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

    compareArms: ({ config, suites, against, bases, models, serving }) =>
      withHeartbeat({ stage: 'evaluation', label: 'statistics' }, async (report) => {
        const candidates = config.candidates.map((c) => c.name);
        const results = [];
        const judges: Evaluation['judges'] = {};
        let sample = null;
        for (const [i, { suite, answers }] of suites.entries()) {
          const rows = (await Promise.all(answers.map((ref) => artifacts.loadJsonLines(ref, AnswerSchema)))).flat();
          for (const { judge: metric, version } of rows.flatMap(({ judgements }) => judgements))
            judges[metric] ??= { name: createMetric(metric).name, version };
          const answered = new Set(rows.map(({ arm }) => arm));
          const comparisons = compareArms({
            answers: rows,
            metrics: config.evaluation.metrics,
            candidates,
            against: (candidate) => [
              baseArmOf({ bases }, candidate),
              ...[INCUMBENT_ARM, ECHO_ARM].filter((arm) => answered.has(arm)),
            ],
            confidence: config.gate.confidence,
            resamples: config.evaluation.resamples,
            seed: config.seed,
          });
          const parquet = await writeAnswers({ artifacts, rows });
          const questions = new Set(rows.map((row) => row.questionId)).size;
          const { name, askedBy, declares, taught, merged } = suite;
          const slices = slicesOf({
            answers: rows,
            metrics: config.evaluation.metrics,
            by: config.evaluation.sliceBy ?? [],
          });
          results.push({
            name,
            ...(askedBy && { askedBy }),
            declares,
            questions,
            comparisons,
            ...(taught && { taught }),
            ...(merged !== undefined && { merged }),
            ...(slices.length > 0 && { slices }),
            results: parquet,
          });
          if (name === config.gate.suite) {
            const candidate = bestOf(comparisons, config.gate.metric) ?? candidates[0] ?? '';
            sample = pickSample(rows, candidate, baseArmOf({ bases }, candidate));
          }
          report(i + 1, suites.length, suite.name);
        }
        const evaluation: Evaluation = {
          against,
          ...(bases && { bases }),
          suites: results,
          models,
          ...(serving && { serving }),
          judges,
        };
        const evidence = await artifacts.addBytes({
          kind: 'evidence',
          bytes: Buffer.from(JSON.stringify(evaluation, null, 2)),
          ending: '.json',
          rows: 1,
        });
        const table = candidates.map((name) => evaluationMarkdown(evaluation, name)).join('\n');
        return { evaluation, evidence, table, sample };
      }),
  };
}

const termsOf = ({ runId, fresh, budget }: RunTerms): RunTerms => ({ runId, fresh, budget });

/** How an arm answers a question: by its model, by the nearest training question's answer, or by saying the question again. */
async function answerer(
  { artifacts, ledger, modelServer }: Dependencies,
  { runId, fresh, budget, config, arm }: AnswerInput,
  signal: AbortSignal,
): Promise<(question: SuiteQuestion) => Promise<string>> {
  if (arm.kind === 'lookup') {
    const lookup = createLookup(await readExamples({ ref: arm.train, store: artifacts }));
    return ({ question }) => Promise.resolve(lookup(question)?.answer ?? '');
  }
  if (arm.kind === 'echo') return ({ question }) => Promise.resolve(echoOf(question));
  const { systemPrompt, temperature, maxTokens } = arm.servedAs ?? config.serving;
  const weights = await localFolderRef(artifacts, weightsOf(arm.model, `arm '${arm.name}'`));
  const model = ledger.wrap(modelServer.chatModel(weights, config.evaluation.concurrency), {
    runId,
    fresh,
    budget,
  });
  const system: ChatMessage[] = systemPrompt ? [{ role: 'system', content: systemPrompt }] : [];
  return async ({ question, history = [] }) => {
    const messages = [...system, ...history, { role: 'user' as const, content: question }];
    return (await model.chat({ messages, temperature, maxTokens }, signal)).text;
  };
}

/** The candidate that scores best on a metric, the first of equals: the one that the gate looks at first. */
function bestOf(comparisons: readonly Comparison[], metric: string): string | undefined {
  const score = ({ means, candidate }: Comparison) => means[candidate] ?? 0;
  const measured = comparisons.filter((comparison) => comparison.metric === metric);
  return measured.toSorted((a, b) => score(b) - score(a))[0]?.candidate;
}

/** The first question that tuning made right: what a person wants to see. */
function pickSample(rows: readonly Answer[], candidate: string, baseArm: string) {
  const correct = (row: Answer) => row.judgements.some((j) => j.judge === 'correctness' && j.score === 1);
  const tuned = rows.filter((row) => row.arm === candidate).sort((a, b) => (a.questionId < b.questionId ? -1 : 1));
  const chosen = tuned.find(correct) ?? tuned[0];
  const base = rows.find((row) => row.arm === baseArm && row.questionId === chosen?.questionId);
  if (!chosen || !base) return null;
  return { question: chosen.question, reference: chosen.reference, base: base.answer, tuned: chosen.answer };
}
