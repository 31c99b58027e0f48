import type { Activities } from '../contract/activities.ts';
import { assembleDataset } from '../datasets/assembly/assemble.ts';
import { suiteWordings } from '../evaluation/suites/wordings.ts';
import type { GenerationDependencies } from './dependencies.ts';
import { withHeartbeat } from './heartbeat.ts';

export function datasetActivities(dependencies: GenerationDependencies): Pick<Activities, 'assembleDataset'> {
  const { projectRoot, allowedRoots } = dependencies;
  return {
    assembleDataset: (input) =>
      withHeartbeat({ stage: 'dataset', label: 'dataset' }, async (onRead, signal) => {
        const suites = await suiteWordings({ projectRoot, allowedRoots, suites: input.config.evaluation.suites });
        return assembleDataset({ input, suites, dependencies, onRead, signal });
      }),
  };
}
