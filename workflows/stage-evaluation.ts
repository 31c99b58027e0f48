import { patched } from '@temporalio/workflow';
import type { CompareResult, TrainedModel } from '../contract/model-stages.ts';
import type { DatasetResult, DocumentsResult, ResolvedRun } from '../contract/dataset-stages.ts';
import type { DocumentChanges } from '../schema/changes.ts';
import type { SuiteRef } from '../schema/evaluation.ts';
import type { RunConfig } from '../configs/schema.ts';
import type { OpenBook } from '../schema/retrieval.ts';
import { armsOf, type Arms } from './arms.ts';
import { modelId } from '../contract/model-ref.ts';
import type { FailureCount } from '../contract/failures.ts';
import type { PlanParts } from '../contract/version-stages.ts';
import * as activity from './proxies.ts';
import type { RunBudget } from './run-budget.ts';
import { slidingWindow } from './window.ts';

/** Suites answered at once: more would only queue at the model server. */
const ANSWERS_AT_ONCE = 2;

export interface Evaluated {
  compared: CompareResult;
  /** What was asked. */
  suites: SuiteRef[];
  /** What served when the candidates were evaluated: the promotion's compare-and-set compares with it. */
  incumbentVersion: number | null;
  /** What that learnt from. */
  incumbentDataset?: { uri: string } | undefined;
  /** Answers that failed, by arm and suite. */
  failures: FailureCount[];
}

/** Puts every frozen question of a run to every arm, and compares the answers. */
export async function evaluate(options: {
  resolved: ResolvedRun;
  dataset: DatasetResult;
  documents: Pick<DocumentsResult, 'chunks' | 'changes'>;
  /** How candidates answer from the documents, where they do. */
  openBook?: OpenBook | undefined;
  baseOf: Map<string, TrainedModel>;
  trained: Map<string, TrainedModel>;
  budget: RunBudget;
  /** Called as each arm has answered each suite. */
  onAnswered: (done: number, total: number) => void;
}): Promise<Evaluated> {
  const { resolved, dataset, documents, openBook, baseOf, trained, budget, onAnswered } = options;
  const { chunks, changes } = documents;
  const { config, configHash } = resolved;
  const suites = await budget.spend((terms) =>
    activity.freezeSuites({ ...terms, config, dataset, chunks, ...(changes && { changes }) }),
  );
  const incumbent = await activity.findIncumbent({ model: config.name, alias: config.promote.alias });
  const arms = armsOf({
    config,
    baseOf,
    trained,
    incumbent,
    openBook,
    train: dataset.trainExamples,
    all: patched('echo-and-own-bases'),
  });
  const { test, trainExamples } = dataset;
  const bases = Object.fromEntries([...baseOf].map(([name, { model }]) => [name, model]));
  const plan = { configHash, dataset: { test, trainExamples }, chunks, bases };
  const known = changes && { changes: stillSince(changes, incumbent?.version) };
  const answered = await answerAll({ config, suites, arms, budget, plan, onAnswered, ...known });
  return { ...answered, suites, incumbentVersion: incumbent?.version ?? null, incumbentDataset: incumbent?.dataset };
}

/** Puts every question of the suites to every arm, and compares the answers. */
export async function answerAll(options: {
  config: RunConfig;
  suites: SuiteRef[];
  arms: Arms;
  budget: RunBudget;
  plan: PlanParts;
  /** What the documents say otherwise than those of what serves. */
  changes?: DocumentChanges;
  /** Called as each arm has answered each suite. */
  onAnswered: (done: number, total: number) => void;
}): Promise<Pick<Evaluated, 'compared' | 'failures'>> {
  const { config, suites, budget, plan, changes, onAnswered } = options;
  const { arms, against, bases } = options.arms;
  const jobs = suites.flatMap((suite) => arms.map((arm) => ({ suite, arm })));
  let answered = 0;
  const answers = await slidingWindow({
    items: jobs,
    width: ANSWERS_AT_ONCE,
    run: async ({ suite, arm }) => {
      const made = await budget.spend((terms) =>
        activity.answerSuite.executeWithOptions({ summary: `${arm.name} answers ${suite.name}` }, [
          { ...terms, config, suite, arm },
        ]),
      );
      onAnswered(++answered, jobs.length);
      return made;
    },
  });
  const bySuite = suites.map((suite) => ({
    suite,
    answers: answers.flatMap(({ uri, sha256, rows }, i) => (jobs[i]?.suite === suite ? [{ uri, sha256, rows }] : [])),
  }));
  const models = arms.flatMap((arm) => (arm.kind === 'model' ? [arm] : []));
  const compared = await activity.compareArms({
    config,
    suites: bySuite,
    against,
    ...(bases && { bases }),
    models: Object.fromEntries(models.map(({ name, model }) => [name, modelId(model)])),
    serving: Object.fromEntries(models.map(({ name, servedAs }) => [name, servedAs ?? config.serving])),
    plan,
    ...(changes && { changes }),
  });
  return { compared, failures: answers.flatMap((one) => one.failures ?? []) };
}

/** What changed since a version says nothing once another one serves. */
function stillSince(changes: DocumentChanges, serving: number | undefined): DocumentChanges {
  const { since } = changes;
  if (serving === since) return changes;
  const why = serving === undefined ? 'nothing serves any more' : `version ${serving} serves since`;
  return { status: 'unknown', since, why };
}
