import type { RunConfig } from '../../configs/schema.ts';
import { contextMetricNames } from '../../judges/index.ts';
import type { GenerationTask, QaPair } from '../../schema/data.ts';
import type { SuiteQuestion } from '../../schema/evaluation.ts';
import { forecastStage, mean, type Range, type StageForecast } from './forecast.ts';

/** Calls beyond generating and judging: corrections, answers for preference pairs, vectors, what is asked of answers. */

export interface Generated {
  stages: StageForecast[];
  /** Pairs of the replies that the ledger holds. */
  pairs: { pair: QaPair; task: GenerationTask }[];
  /** Pairs still to come. */
  coming: Range;
  /** Of the tasks, those that the pairs are of, where not all were looked at. */
  share: number;
  mayAskAgain: boolean;
}

/** Of the pairs that are judged, as many may go back to the teacher as the surplus expects to be rejected. */
export function planCorrections(options: {
  config: RunConfig;
  tasks: GenerationTask[];
  generated: Generated;
}): StageForecast[] {
  const { config, tasks, generated } = options;
  const { teacher, generation } = config;
  const { surplus, corrections } = generation;
  if (teacher.provider === 'builtin' || corrections === 0 || surplus === 0) return [];
  const pairs = generated.pairs.length + generated.coming.high;
  const tokens = tasks.slice(0, 200).map(({ chunks }) => chunks.reduce((sum, { tokens: n }) => sum + n, 0));
  return [
    forecastStage({
      stage: 'corrections',
      spec: teacher,
      calls: { low: 0, high: ((pairs * surplus) / (1 + surplus)) * corrections },
      known: 0,
      // The prompt, the pair and the objections come to about 350 tokens; a chunk's words to 1.5 tokens each.
      inputTokens: 350 + 1.5 * mean(tokens),
      guess: { low: 60, high: 200 },
      usual: undefined,
    }),
  ];
}

/** Answers to one question of each accepted fact, and what they cost. */
export function planPreferences(options: { config: RunConfig; tasks: GenerationTask[]; generated: Generated }): {
  stages: StageForecast[];
  answers: Range;
} {
  const { config, tasks, generated } = options;
  const { preferences, phrasings, surplus } = config.generation;
  const spec = preferences?.model ?? config.teacher;
  if (!preferences || spec.provider === 'builtin') return { stages: [], answers: { low: 0, high: 0 } };
  const asked = (pairs: number) => (pairs / phrasings) * preferences.answers;
  const answers = {
    low: asked((generated.pairs.length + generated.coming.low) / (1 + surplus)),
    high: asked(generated.pairs.length + generated.coming.high),
  };
  const passage = preferences.seesPassage
    ? 1.5 * mean(tasks.slice(0, 200).map(({ chunks }) => chunks.reduce((sum, { tokens: n }) => sum + n, 0)))
    : 0;
  const stage = forecastStage({
    stage: 'preferences',
    spec,
    calls: answers,
    known: 0,
    inputTokens: 60 + passage,
    guess: { low: 30, high: 120 },
    usual: undefined,
  });
  return { stages: [stage, ...planComparing({ config, answers, passage })], answers };
}

/** Each pair that is confirmed is compared in both orders. */
function planComparing(options: { config: RunConfig; answers: Range; passage: number }): StageForecast[] {
  const { config, answers, passage } = options;
  const { confirmedBy, answers: each } = config.generation.preferences ?? {};
  if (!confirmedBy || !each) return [];
  return [
    forecastStage({
      stage: 'comparing preferences',
      spec: confirmedBy,
      calls: { low: 0, high: (2 * answers.high) / each },
      known: 0,
      inputTokens: 250 + passage,
      guess: { low: 30, high: 120 },
      usual: undefined,
    }),
  ];
}

/** One question of each fact becomes a vector, where semantic duplicates are looked for. */
export function planEmbedding(options: { config: RunConfig; generated: Generated }): StageForecast[] {
  const { config, generated } = options;
  const spec = config.filters.semanticDuplicates?.model;
  if (!spec) return [];
  const { phrasings } = config.generation;
  const facts = (coming: number) => (generated.pairs.length + coming) / phrasings;
  return [
    forecastStage({
      stage: 'semantic duplicates',
      spec,
      calls: { low: 0, high: facts(generated.coming.high) },
      known: 0,
      inputTokens: 20,
      guess: { low: 0, high: 0 },
      usual: undefined,
    }),
  ];
}

/** Arms beside the candidates that answer every suite. */
const OTHER_ARMS = 4;

/** Which expected facts the answers say, where a model finds them: what nobody can read is not asked about. */
export function planFacts(options: {
  config: RunConfig;
  suites: readonly { questions: readonly SuiteQuestion[] }[];
}): StageForecast[] {
  const { config, suites } = options;
  const { factsModel, metrics } = config.evaluation;
  const asks = metrics.includes('facts') || metrics.includes('must-not');
  if (!factsModel || !asks) return [];
  const questions = suites
    .flatMap((suite) => suite.questions.slice(0, config.evaluation.maxQuestions))
    .filter(({ facts = [], mustNot = [] }) => facts.length + mustNot.length > 0).length;
  const most = questions * (config.candidates.length + OTHER_ARMS);
  return [
    forecastStage({
      stage: 'expected facts',
      spec: factsModel,
      calls: { low: most / 2, high: most },
      known: 0,
      // The prompt comes to about 200 tokens, question, answer and phrases to as many.
      inputTokens: 400,
      guess: { low: 15, high: 60 },
      usual: undefined,
    }),
  ];
}

/** What a judge model says of what was retrieved: a call for each metric and answer of an arm that retrieves. */
export function planContexts(options: {
  config: RunConfig;
  suites: readonly { questions: readonly SuiteQuestion[] }[];
}): StageForecast[] {
  const { config, suites } = options;
  const { contextsModel, metrics, maxQuestions } = config.evaluation;
  const asked = metrics.filter((metric) => contextMetricNames().includes(metric)).length;
  if (!contextsModel || asked === 0) return [];
  const questions = suites.reduce((sum, suite) => sum + Math.min(suite.questions.length, maxQuestions), 0);
  const most = questions * asked * (config.candidates.length + OTHER_ARMS);
  return [
    forecastStage({
      stage: 'what was retrieved',
      spec: contextsModel,
      calls: { low: most / 2, high: most },
      known: 0,
      // The prompt comes to about 150 tokens, question and answer to as many, and the passages to their budget.
      inputTokens: 300 + (config.retrieval?.budgetTokens ?? 0),
      guess: { low: 15, high: 60 },
      usual: undefined,
    }),
  ];
}
