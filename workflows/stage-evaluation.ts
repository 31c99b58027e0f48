import { ApplicationFailure } from '@temporalio/workflow';
import type { Arm, CompareResult, DatasetResult, ResolvedRun, TrainedModel } from '../activities/types.ts';
import type { DataRef } from '../datasets/schema.ts';
import * as activity from './proxies.ts';
import type { RunBudget } from './run-budget.ts';
import { slidingWindow } from './window.ts';

/** Suites answered at once: more would only queue at the model server. */
const ANSWERS_AT_ONCE = 2;

export interface Evaluated {
  compared: CompareResult;
  /** What served when the candidates were evaluated: the promotion's compare-and-set compares with it. */
  incumbentVersion: number | null;
}

/** Puts every frozen question to base, incumbent, candidates and lookup, and compares the answers. */
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
  const suites = await activity.freezeSuites({ config, dataset, chunks });
  const incumbent = await activity.findIncumbent({ model: config.name, alias: config.promote.alias });
  const base = baseOf.get(config.candidates[0]?.base ?? '');
  if (!base) throw ApplicationFailure.nonRetryable('no base was made');
  // An incumbent with the base's own weights would be answered for twice.
  const serving = incumbent && incumbent.model.sha256 !== base.model.sha256 ? incumbent : null;
  const arms: Arm[] = [
    { name: 'base', kind: 'model', model: base.model },
    ...(serving ? [{ name: 'incumbent', kind: 'model', model: serving.model } as const] : []),
    ...[...trained].map(([name, t]): Arm => ({ name, kind: 'model', model: t.model })),
    { name: 'lookup', kind: 'lookup', train: dataset.trainExamples },
  ];
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
    answers: answers.filter((_, i) => jobs[i]?.suite === suite),
  }));
  const models = Object.fromEntries(
    arms.flatMap((arm) => (arm.kind === 'model' ? [[arm.name, arm.model.sha256]] : [])),
  );
  const compared = await activity.compareArms({
    config,
    suites: bySuite,
    against: serving ? 'incumbent' : 'base',
    models,
  });
  return { compared, incumbentVersion: incumbent?.version ?? null };
}
