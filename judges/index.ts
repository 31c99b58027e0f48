import type { JudgeSpec, RemoteModelSpec } from '../configs/schema.ts';
import type { ChatModel } from '../providers/types.ts';
import { createAnswerableJudge } from './answerable.ts';
import { createCorrectnessJudge } from './correctness.ts';
import { createGroundedJudge } from './grounded.ts';
import { createLlmJudge } from './llm.ts';
import { unknownName } from '../configs/unknown-name.ts';
import { loadRubric } from './rubrics.ts';
import { createSafeJudge } from './safe.ts';
import type { Judge } from './types.ts';
import { createWellFormedJudge } from './well-formed.ts';

export { runPanel } from './panel.ts';

/** Judges by rule, by the name a config gives them. A new one is its file and its line here. */
export type RuleJudgeName = 'grounded' | 'answerable' | 'well-formed' | 'safe';
export const RULE_JUDGES: Readonly<Record<RuleJudgeName, () => Judge>> = {
  grounded: createGroundedJudge,
  answerable: createAnswerableJudge,
  'well-formed': createWellFormedJudge,
  safe: createSafeJudge,
};

/** What an evaluation measures, by name: each is a judge of answers. */
export type MetricName = 'correctness' | 'grounding' | 'safety';
export const METRICS: Readonly<Record<string, () => Judge>> = {
  correctness: createCorrectnessJudge,
  grounding: createGroundedJudge,
  safety: createSafeJudge,
} satisfies Record<MetricName, () => Judge>;

export interface JudgeDependencies {
  chatModel: (spec: RemoteModelSpec) => ChatModel;
}

/**
 * Makes the judge that a config names; `field` (`judges[2]`) says where, for errors.
 * @throws Error "judges[2]: unknown judge 'groundd'; did you mean 'grounded'? known: ..."
 */
export function createJudge(spec: JudgeSpec, { chatModel }: JudgeDependencies, field = 'judges'): Judge {
  if (typeof spec === 'string') return named(RULE_JUDGES, spec, { what: 'judge', field });
  try {
    return createLlmJudge({ rubric: loadRubric(spec.rubric), model: chatModel(spec.model) });
  } catch (error) {
    throw new Error(`${field}: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  }
}

/** Makes all judges of a config, in its order. @throws as createJudge, for the first that is wrong */
export function createJudges(specs: readonly JudgeSpec[], dependencies: JudgeDependencies): Judge[] {
  return specs.map((spec, index) => createJudge(spec, dependencies, `judges[${index}]`));
}

/** Makes the judge behind a metric. @throws Error "evaluation.metrics[0]: unknown metric 'safty'; ..." */
export function createMetric(name: string, field = 'evaluation.metrics'): Judge {
  return named(METRICS, name, { what: 'metric', field });
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
