import type { Activities } from '../contract/activities.ts';
import { freezeSuites } from '../evaluation/suites/freeze.ts';
import type { GenerationDependencies } from './dependencies.ts';
import { withHeartbeat } from './heartbeat.ts';

/** The questions of an evaluation, fixed before anybody answers them. */
export function suiteActivities(dependencies: GenerationDependencies): Pick<Activities, 'freezeSuites'> {
  return {
    freezeSuites: (input) =>
      withHeartbeat({ stage: 'evaluation', label: 'suites' }, (report, signal) =>
        freezeSuites({ ...input, dependencies, report, signal }),
      ),
  };
}
