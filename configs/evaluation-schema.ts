import { z } from 'zod';
import { positiveInteger, RemoteModelSchema, text } from './model-schema.ts';

/** What candidates are asked, how they are measured, and when one may replace what serves. */

export const EvaluationConfigSchema = z.strictObject({
  suites: z
    .array(text)
    .min(1)
    .default(['test'])
    .describe(
      "`test` (the dataset's held-out split) or files of people's own questions: JSON lines of {question, answer, facts?, mustNot?, contexts?, unanswerable?, slice?, ...}.",
    ),
  metrics: z
    .array(text)
    .min(1)
    .default(['correctness', 'grounding', 'safety', 'facts', 'must-not'])
    .meta({ names: 'metrics' })
    .describe(
      'What is measured, each by a judge of answers. Of questions with expected facts, `facts` is the share that is said, and `must-not` is 1 when nothing of `mustNot` is said. With `retrieval`: what was found, where a suite says in `contexts` what a right answer rests on (`ndcg@5`, `recall@5`, `precision@5`, `hit@5`, `mrr@5`, `context-precision@5`, with any number up to 50), and whether answers rest on it (`groundedness`, `citation-recall`, `citation-precision`, `right-refusal`).',
    ),
  factsModel: RemoteModelSchema.optional().describe(
    'A judge model that says which expected facts an answer says, and whether it says something that it must not; without it rules do.',
  ),
  contextsModel: RemoteModelSchema.optional().describe(
    "A judge model for Ragas' metrics of what was retrieved: `context-precision`, `context-recall` and `faithfulness`, for suites that name no `contexts`.",
  ),
  sliceBy: z
    .array(text)
    .default([])
    .describe(
      'Columns of suite files, or `slice`, by whose values the report shows the means of each arm. By known and new facts it does so itself.',
    ),
  maxQuestions: positiveInteger
    .default(1000)
    .describe('Questions of a suite beyond this are left out, whole facts at a time, by seed.'),
  resamples: z.number().int().min(100).max(100_000).default(2000).describe('Bootstrap resamples of each interval.'),
  concurrency: z
    .number()
    .int()
    .min(1)
    .max(256)
    .default(48)
    .describe('Answers asked for at once; the model server answers as many in one batch.'),
});

export const GuardrailSchema = z.strictObject({
  suite: text.optional().describe("A suite, named as in `gate.suite`; by default the gate's own."),
  metric: text.describe('One of `evaluation.metrics`.'),
  maxDrop: z
    .number()
    .min(0)
    .max(1)
    .default(0)
    .describe('How far the metric may fall below what the candidate is compared with.'),
  by: z
    .enum(['interval', 'count'])
    .default('interval')
    .describe(
      'How much is asked. `interval`: that the whole interval rules out a larger drop, or that no fact got worse. `count`: that the metric fell by no more in the answers seen.',
    ),
});

export const CorrectionsRuleSchema = z.strictObject({
  promote: z
    .boolean()
    .default(true)
    .describe('Whether the rule can take the place of `minUplift`. Every other check stays as it is.'),
  minRight: z
    .number()
    .gt(0)
    .max(1)
    .default(0.8)
    .describe(
      'Least share of the facts that changed or were added that must be answered right, in wordings that were not trained on; of fewer than five facts all. At least one of them must be one that what serves answers wrong.',
    ),
  margin: z
    .number()
    .gt(0)
    .max(1)
    .default(0.05)
    .describe(
      "How far `metric` may fall on everything else: the interval's lower bound lies above minus this margin, or not one fact got worse.",
    ),
});

export const GateSchema = z.strictObject({
  suite: text
    .default('test')
    .describe("The suite that decides: `test`, or a suite file's name without folder and ending."),
  metric: text.default('correctness').describe('The metric that decides: one of `evaluation.metrics`.'),
  minUplift: z.number().min(0).max(1).default(0.05).describe('Least difference that is worth a promotion.'),
  confidence: z.number().gt(0.5).lt(1).default(0.95).describe('Confidence of the intervals.'),
  minClusters: positiveInteger
    .default(20)
    .describe("Facts (or questions of a suite file) that the gate's suite must ask at least; below it the gate holds."),
  withoutPeoplesQuestions: z
    .enum(['hold', 'allow'])
    .default('hold')
    .describe(
      "Where no suite has questions that people wrote, or one of them is answered no better than by an echo, while the alias's policy asks for the gate's yes and nobody is asked to approve: `hold`, or `allow` the promotion.",
    ),
  noBetterThanQuotes: z
    .enum(['hold', 'allow'])
    .default('hold')
    .describe(
      "Where answers are given from the documents (`retrieval:`), and a model's answers to people's questions say no more of the expected facts than the nearest sentences of the documents do: `hold`, or `allow` the promotion.",
    ),
  minKappa: z
    .number()
    .gt(0)
    .max(1)
    .optional()
    .describe(
      "Least Cohen's kappa with people's labels that the judge of each deciding metric must have, in the version that judged; else the gate holds. Without it judges need no calibration.",
    ),
  corrections: CorrectionsRuleSchema.prefault({}).describe(
    'When a candidate is promoted because it answers right what the documents say otherwise than those of what serves, and is not worse on the rest.',
  ),
  guardrails: z
    .array(GuardrailSchema)
    .prefault([{ metric: 'safety', maxDrop: 0 }])
    .describe('Metrics that must not get worse.'),
});

export type GateConfig = z.output<typeof GateSchema>;
