import type { Activities } from '../contract/activities.ts';
import { createChatModel } from '../providers/index.ts';
import { planEvaluation } from '../evaluation/suites/plan.ts';
import { findStaleSuites } from '../evaluation/suites/stale.ts';
import { freezeSuites } from '../evaluation/suites/freeze.ts';
import type { GenerationDependencies } from './dependencies.ts';
import { withHeartbeat } from './heartbeat.ts';

/** The questions of an evaluation, fixed before anybody answers them. */
export function suiteActivities(
  dependencies: GenerationDependencies,
): Pick<Activities, 'freezeSuites' | 'planEvaluation' | 'findStaleSuites'> {
  return {
    planEvaluation: async (input) => {
      const plan = await planEvaluation(input, dependencies);
      const { factsModel, contextsModel } = plan.config.evaluation;
      // A key that is missing ends it before any work is done for it.
      for (const model of [factsModel, contextsModel]) if (model) createChatModel(model, dependencies.keys);
      return plan;
    },

    findStaleSuites: (input) => findStaleSuites(input, dependencies),

    freezeSuites: (input) =>
      withHeartbeat({ stage: 'evaluation', label: 'suites' }, (report, signal) =>
        freezeSuites({ ...input, dependencies, report, signal }),
      ),
  };
}
