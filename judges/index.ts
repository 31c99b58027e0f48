import { judgeName, type JudgeSpec, type RemoteModelSpec, type Rubric } from '../configs/schema.ts';
import type { ChatModel } from '../contract/ports.ts';
import { createAbstainsJudge } from './rules/abstains.ts';
import { createAnswerableJudge } from './rules/answerable.ts';
import { createCascade } from './cascade.ts';
import { createClaimsJudge } from './models/claims.ts';
import { createCorrectnessJudge } from './rules/correctness.ts';
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

/** Judges by rule, by the name a config gives them. A new one is its file and its line here. */
export type RuleJudgeName = 'grounded' | 'answerable' | 'abstains' | 'well-formed' | 'gives-away' | 'safe';
export const RULE_JUDGES: Readonly<Record<RuleJudgeName, () => Judge>> = {
  grounded: createGroundedJudge,
  answerable: createAnswerableJudge,
  abstains: createAbstainsJudge,
  'well-formed': createWellFormedJudge,
  'gives-away': createGivesAwayJudge,
  safe: createSafeJudge,
};

/** What an evaluation measures, by name: each is a judge of answers. */
export type MetricName = 'correctness' | 'grounding' | 'safety' | 'facts' | 'must-not';
export const METRICS: Readonly<Record<string, () => Judge>> = {
  correctness: createCorrectnessJudge,
  grounding: createGroundedJudge,
  safety: createSafeJudge,
  facts: createFactsJudge,
  'must-not': createMustNotJudge,
} satisfies Record<MetricName, () => Judge>;

/** Whether a metric has something to say of an answer: expected facts are not written for every question. */
export function measures(metric: string, { facts = [], mustNot = [] }: Subject): boolean {
  if (metric === 'facts') return facts.length > 0;
  return metric !== 'must-not' || mustNot.length > 0;
}

export interface JudgeDependencies {
  chatModel: (spec: RemoteModelSpec) => ChatModel;
}

/**
 * Makes the judge that a config names; `field` (`judges[2]`) says where, for errors.
 * @throws Error "judges[2]: unknown judge 'groundd'; did you mean 'grounded'? known: ..."
 */
export function createJudge(spec: JudgeSpec, dependencies: JudgeDependencies, field = 'judges'): Judge {
  if (typeof spec === 'string') return named(RULE_JUDGES, spec, { what: 'judge', field });
  try {
    return createConfigured(spec, dependencies);
  } catch (error) {
    throw new Error(`${field}: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  }
}

function createConfigured(spec: Exclude<JudgeSpec, string>, dependencies: JudgeDependencies): Judge {
  const { chatModel } = dependencies;
  switch (spec.judge) {
    case 'llm':
      return createLlmJudge({
        rubric: rubricOf(spec.rubric),
        model: chatModel(spec.model),
        name: judgeName(spec),
        format: spec.model.format,
      });
    case 'claims':
      return createClaimsJudge({ model: chatModel(spec.model), passScore: spec.passScore });
    case 'guideline':
      return createLlmJudge({
        rubric: guidelineRubric(spec),
        model: chatModel(spec.model),
        name: judgeName(spec),
        format: spec.model.format,
      });
    case 'format':
      return createFormatJudge(spec);
    case 'panel': {
      const rubric = rubricOf(spec.rubric);
      const name = judgeName(spec);
      const judges = spec.models.map((one) => {
        const model = chatModel(one);
        return createLlmJudge({ rubric, model, name: `${name}/${model.model}`, format: one.format });
      });
      return createModelPanel({ name, judges, ...(spec.quorum !== undefined && { quorum: spec.quorum }) });
    }
    case 'cascade':
      return createCascade({
        name: judgeName(spec),
        steps: spec.steps.map((step, i) => createJudge(step, dependencies, `steps[${i}]`)),
        sureBelow: spec.sureBelow,
        sureAbove: spec.sureAbove,
      });
    default:
      return spec satisfies never;
  }
}

const rubricOf = (rubric: string | Rubric): Rubric => (typeof rubric === 'string' ? loadRubric(rubric) : rubric);

/** Makes all judges of a config, in its order. @throws as createJudge, for the first that is wrong */
export function createJudges(specs: readonly JudgeSpec[], dependencies: JudgeDependencies): Judge[] {
  return specs.map((spec, index) => createJudge(spec, dependencies, `judges[${index}]`));
}

/**
 * Makes the judge behind a metric, which gives 0 to what nobody can read. With `factsModel` a model finds expected facts.
 * @throws Error "evaluation.metrics[0]: unknown metric 'safty'; ..."
 */
export function createMetric(
  name: string,
  options: { field?: string; factsModel?: ChatModel | undefined } = {},
): Judge {
  const { field = 'evaluation.metrics', factsModel } = options;
  const byModel = factsModel && (name === 'facts' || name === 'must-not');
  return readableFirst(
    byModel
      ? createFactsModelJudge({ metric: name, model: factsModel })
      : named(METRICS, name, { what: 'metric', field }),
  );
}

function named(
  makers: Readonly<Record<string, () => Judge>>,
  name: string,
  at: { what: string; field: string },
): Judge {
  const make = Object.hasOwn(makers, name) ? makers[name] : undefined;
  if (!make) throw new Error(`${at.field}: ${unknownName(at.what, name, Object.keys(makers))}`);
  return make();
}
