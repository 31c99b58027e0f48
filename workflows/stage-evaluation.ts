import { patched } from '@temporalio/workflow';
import type { CompareResult, TrainedModel } from '../contract/model-stages.ts';
import type { DatasetResult, ResolvedRun } from '../contract/dataset-stages.ts';
import type { DataRef } from '../schema/data.ts';
import type { SuiteRef } from '../schema/evaluation.ts';
import { armsOf } from './arms.ts';
import { modelId } from '../contract/model-ref.ts';
import type { FailureCount } from '../contract/failures.ts';
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
  /** Answers that failed, by arm and suite. */
  failures: FailureCount[];
}

/** Puts every frozen question to every arm, and compares the answers. */
export async function evaluate(options: {
  resolved: ResolvedRun;
  dataset: DatasetResult;
  chunks: DataRef;
  baseOf: Map<string, TrainedModel>;
  trained: Map<string, TrainedModel>;
  budget: RunBudget;
}): Promise<Evaluated> {
  const { resolved, dataset, chunks, baseOf, trained, budget } = options;
  const { config } = resolved;
  const suites = await budget.spend((terms) => activity.freezeSuites({ ...terms, config, dataset, chunks }));
  const incumbent = await activity.findIncumbent({ model: config.name, alias: config.promote.alias });
  const { arms, against, bases } = armsOf({
    config,
    baseOf,
    trained,
    incumbent,
    train: dataset.trainExamples,
    all: patched('echo-and-own-bases'),
  });
  const jobs = suites.flatMap((suite) => arms.map((arm) => ({ suite, arm })));
  const answers = await slidingWindow({
    items: jobs,
    width: ANSWERS_AT_ONCE,
    run: ({ suite, arm }) =>
      budget.spend((terms) =>
        activity.answerSuite.executeWithOptions({ summary: `${arm.name} answers ${suite.name}` }, [
          { ...terms, config, suite, arm },
        ]),
      ),
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
  });
  const failures = answers.flatMap((one) => one.failures ?? []);
  return { compared, suites, incumbentVersion: incumbent?.version ?? null, failures };
}
