import { judgeName, type JudgeSpec, type RemoteModelSpec, type Rubric } from '../configs/schema.ts';
import type { ChatModel } from '../contract/ports.ts';
import { createAbstainsJudge } from './rules/abstains.ts';
import { createAnswerableJudge } from './rules/answerable.ts';
import { createCascade } from './cascade.ts';
import { createClaimsJudge } from './models/claims.ts';
import { createCorrectnessJudge } from './rules/correctness.ts';
import { CITING, createCiting, createRightRefusalJudge, isAnswered } from './retrieval/cites.ts';
import { createContextMetric, measuresContext } from './retrieval/by-model.ts';
import { createFinding, FINDINGS, isRetrieval } from './retrieval/finds.ts';
import { knownMetric } from '../configs/check-names.ts';
import { createFactsJudge, createMustNotJudge } from './rules/facts.ts';
import { createFactsModelJudge } from './models/facts-model.ts';
import { createFormatJudge } from './rules/format.ts';
import { createGivesAwayJudge } from './rules/gives-away.ts';
import { createGroundedJudge } from './rules/grounded.ts';
import { guidelineRubric } from './models/guideline.ts';
import { createLlmJudge } from './models/llm.ts';
import { createModelPanel } from './models/model-panel.ts';
import { unknownName } from '../common/unknown-name.ts';
import { readableFirst } from './rules/readable-first.ts';
import { loadRubric } from './rubrics.ts';
import { createSafeJudge } from './rules/safe.ts';
import type { Judge, Subject } from './types.ts';
import { createWellFormedJudge } from './rules/well-formed.ts';

export { runPanel } from './panel.ts';

/** A judge that needs no settings, by the names that a config gives it: as a filter of pairs, as a metric of answers, or as both. */
interface Rule {
  /** `k` is the number at the end of a metric's name, where it has one. */
  create: (k: number) => Judge;
  /** Among `judges`. */
  judge?: string;
  /** Among `evaluation.metrics`. */
  metric?: string;
  /** Whether the metric has something to say of an answer; without it, of every one. */
  measures?: (subject: Subject) => boolean;
  /** Takes the rule's place where `evaluation.factsModel` names a model. */
  byModel?: (model: ChatModel) => Judge;
  /** Says nothing of the answer: one that nobody can read changes nothing. */
  ofWhatWasFound?: true;
}

const findings = (Object.keys(FINDINGS) as (keyof typeof FINDINGS)[]).map((metric): Rule => ({
  create: (k) => createFinding(metric, k),
  metric,
  measures: isRetrieval,
  ofWhatWasFound: true,
}));
const citing = (Object.keys(CITING) as (keyof typeof CITING)[]).map((metric): Rule => ({
  create: () => createCiting(metric),
  metric,
  measures: isAnswered,
}));

/** A new one is its file and its line here: configs, errors, `judges list` and docs/config.md know it by that. */
const RULES: readonly Rule[] = [
  { create: createCorrectnessJudge, metric: 'correctness' },
  { create: createGroundedJudge, judge: 'grounded', metric: 'grounding' },
  { create: createAnswerableJudge, judge: 'answerable' },
  { create: createAbstainsJudge, judge: 'abstains' },
  { create: createWellFormedJudge, judge: 'well-formed' },
  { create: createGivesAwayJudge, judge: 'gives-away' },
  { create: createSafeJudge, judge: 'safe', metric: 'safety' },
  // Expected facts are not written for every question.
  {
    create: createFactsJudge,
    metric: 'facts',
    measures: ({ facts = [] }) => facts.length > 0,
    byModel: (model) => createFactsModelJudge({ metric: 'facts', model }),
  },
  {
    create: createMustNotJudge,
    metric: 'must-not',
    measures: ({ mustNot = [] }) => mustNot.length > 0,
    byModel: (model) => createFactsModelJudge({ metric: 'must-not', model }),
  },
  ...findings,
  ...citing,
  {
    create: createRightRefusalJudge,
    metric: 'right-refusal',
    measures: ({ unanswerable }) => unanswerable !== undefined,
  },
];

const byName = (name: 'judge' | 'metric') =>
  new Map(RULES.flatMap((rule) => (rule[name] === undefined ? [] : [[rule[name], rule] as const])));
const JUDGES = byName('judge');
const METRICS = byName('metric');

/** What a config may name among its judges. */
export const ruleNames = (): string[] => [...JUDGES.keys()];
/** What an evaluation measures, by name: each is a judge of answers. Those that end in `@5` are known with other numbers, too. */
export const metricNames = (): string[] => [...METRICS.keys()];
export { contextMetricNames } from './retrieval/by-model.ts';

/** Whether a metric has something to say of an answer. */
export const measures = (metric: string, subject: Subject): boolean =>
  measuresContext(metric, subject) ?? METRICS.get(knownMetric(metric).name)?.measures?.(subject) ?? true;

export interface JudgeDependencies {
  chatModel: (spec: RemoteModelSpec) => ChatModel;
}

/**
 * Makes the judge that a config names; `field` (`judges[2]`) says where, for errors.
 * @throws Error "judges[2]: unknown judge 'groundd'; did you mean 'grounded'? known: ..."
 */
export function createJudge(spec: JudgeSpec, dependencies: JudgeDependencies, field = 'judges'): Judge {
  if (typeof spec === 'string') return named(JUDGES, spec, { what: 'judge', field }).create(0);
  try {
    return createConfigured(spec.judge, spec, dependencies);
  } catch (error) {
    throw new Error(`${field}: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  }
}

type Configured = Exclude<JudgeSpec, string>;
type Specs = { [K in Configured['judge']]: Extract<Configured, { judge: K }> };

/** How a judge with settings is made of them. Each kind of `JudgeSchema` has its line here, or this does not compile. */
const CONFIGURED: {
  readonly [K in keyof Specs]: (spec: Specs[K], dependencies: JudgeDependencies) => Judge;
} = {
  llm: (spec, { chatModel }) =>
    createLlmJudge({
      rubric: rubricOf(spec.rubric),
      model: chatModel(spec.model),
      name: judgeName(spec),
      format: spec.model.format,
    }),
  claims: ({ model, passScore }, { chatModel }) => createClaimsJudge({ model: chatModel(model), passScore }),
  guideline: (spec, { chatModel }) =>
    createLlmJudge({
      rubric: guidelineRubric(spec),
      model: chatModel(spec.model),
      name: judgeName(spec),
      format: spec.model.format,
    }),
  format: createFormatJudge,
  panel: (spec, { chatModel }) => {
    const rubric = rubricOf(spec.rubric);
    const name = judgeName(spec);
    const judges = spec.models.map((one) => {
      const model = chatModel(one);
      return createLlmJudge({ rubric, model, name: `${name}/${model.model}`, format: one.format });
    });
    return createModelPanel({ name, judges, ...(spec.quorum !== undefined && { quorum: spec.quorum }) });
  },
  cascade: (spec, dependencies) =>
    createCascade({
      name: judgeName(spec),
      steps: spec.steps.map((step, i) => createJudge(step, dependencies, `steps[${i}]`)),
      sureBelow: spec.sureBelow,
      sureAbove: spec.sureAbove,
    }),
};

function createConfigured<K extends keyof Specs>(kind: K, spec: Specs[K], dependencies: JudgeDependencies): Judge {
  return CONFIGURED[kind](spec, dependencies);
}

const rubricOf = (rubric: string | Rubric): Rubric => (typeof rubric === 'string' ? loadRubric(rubric) : rubric);

/** Makes all judges of a config, in its order. @throws as createJudge, for the first that is wrong */
export function createJudges(specs: readonly JudgeSpec[], dependencies: JudgeDependencies): Judge[] {
  return specs.map((spec, index) => createJudge(spec, dependencies, `judges[${index}]`));
}

/**
 * Makes the judge behind a metric, which gives 0 to what nobody can read. With `factsModel` a model finds expected facts; `contextsModel` is who
 * is asked of what was retrieved.
 * @throws Error "evaluation.metrics[0]: unknown metric 'safty'; ..."
 */
export function createMetric(
  name: string,
  options: { field?: string; factsModel?: ChatModel | undefined; contextsModel?: ChatModel | undefined } = {},
): Judge {
  const { field = 'evaluation.metrics', factsModel, contextsModel } = options;
  const ofContexts = createContextMetric(name, contextsModel, field);
  if (ofContexts) return ofContexts.name === 'faithfulness' ? readableFirst(ofContexts) : ofContexts;
  const { name: known, k } = knownMetric(name);
  const rule = named(METRICS, known, { what: 'metric', field });
  const judge = factsModel && rule.byModel ? rule.byModel(factsModel) : rule.create(k);
  return rule.ofWhatWasFound ? judge : readableFirst(judge);
}

function named(rules: ReadonlyMap<string, Rule>, name: string, at: { what: string; field: string }): Rule {
  const rule = rules.get(name);
  if (!rule) throw new Error(`${at.field}: ${unknownName(at.what, name, [...rules.keys()])}`);
  return rule;
}
