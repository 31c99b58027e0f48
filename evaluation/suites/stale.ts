import type { ArtifactStore } from '../../artifacts/store.ts';
import { canonicalJson } from '../../common/canonical-json.ts';
import { suiteName } from '../../configs/check-names.ts';
import { EvaluationPlanSchema, type EvaluationPlan } from '../../contract/version-stages.ts';
import { contextMetricNames, createMetric } from '../../judges/index.ts';
import { modelIdentity } from '../../providers/index.ts';
import { EvaluationSchema, SuiteQuestionSchema, type Evaluation, type SuiteQuestion } from '../../schema/evaluation.ts';
import { readSuiteFile } from './file.ts';
import type { PlanSources } from './plan.ts';
import { capQuestions } from './suites.ts';

/** Whether what an evaluation rests on is another one since: a suite's questions, or the version of a judge. */

/** In words, what has changed. What is not here any more, or was not written down, is not said to have. */
export async function findStaleSuites(
  { evidence }: { evidence: { uri: string } },
  sources: Pick<PlanSources, 'projectRoot' | 'allowedRoots' | 'artifacts'>,
): Promise<string[]> {
  const { artifacts } = sources;
  const evaluation = EvaluationSchema.parse(JSON.parse(await artifacts.readText(evidence.uri)));
  const plan = await planOf(evaluation, artifacts);
  const suites = [];
  if (plan)
    for (const suite of plan.config.evaluation.suites)
      if (suite !== 'test' && (await hasChanged(suite, plan, sources)))
        suites.push(`suite ${suiteName(suite)} has other questions than were asked`);
  return [...suites, ...staleJudges(evaluation, plan)];
}

async function planOf({ plan }: Evaluation, artifacts: ArtifactStore): Promise<EvaluationPlan | undefined> {
  if (!plan) return undefined;
  const [found] = await artifacts.loadJsonLines(plan, EvaluationPlanSchema);
  return found;
}

async function hasChanged(
  suite: string,
  plan: EvaluationPlan,
  sources: Pick<PlanSources, 'projectRoot' | 'allowedRoots' | 'artifacts'>,
): Promise<boolean> {
  const frozen = plan.suites.find(({ name }) => name === suiteName(suite));
  const read = await readSuiteFile({ ...sources, suite }).catch(() => undefined);
  if (!frozen || !read) return false;
  const asked = await sources.artifacts.loadJsonLines(frozen.questions, SuiteQuestionSchema);
  const { evaluation, seed } = plan.config;
  const now = capQuestions(read.questions, { maxQuestions: evaluation.maxQuestions, seed });
  return contentOf(asked) !== contentOf(now);
}

/** Without what training was said to have taught: that is no part of the file. */
const contentOf = (questions: readonly SuiteQuestion[]): string =>
  canonicalJson(questions.map(({ taught: _taught, ...question }) => question));

function staleJudges({ judges }: Evaluation, plan: EvaluationPlan | undefined): string[] {
  const { factsModel: facts, contextsModel: contexts } = plan?.config.evaluation ?? {};
  const models = { factsModel: facts && modelIdentity(facts), contextsModel: contexts && modelIdentity(contexts) };
  return Object.entries(judges).flatMap(([metric, { version }]) => {
    // Without its plan, nobody knows whether a model judged.
    if (!plan && [...contextMetricNames(), 'facts', 'must-not'].includes(metric)) return [];
    const now = createMetric(metric, models).version;
    return now === version ? [] : [`the judge of ${metric} is another version: ${version} judged, ${now} would now`];
  });
}
