import type { Activities } from '../contract/activities.ts';
import { askProbe } from '../generation/ask-probe.ts';
import { probesOf } from '../generation/probe-questions.ts';
import type { GenerationDependencies } from './dependencies.ts';
import { withHeartbeat } from './heartbeat.ts';

/** Asks each model of a config one small thing before anything is made with it. */
export function probeActivities(dependencies: GenerationDependencies): Pick<Activities, 'probeModels'> {
  return {
    probeModels: ({ config, runId, fresh, budget }) =>
      withHeartbeat({ stage: 'documents', label: 'models' }, async (report, signal) => {
        const probes = probesOf(config);
        const terms = { runId, fresh, budget };
        let done = 0;
        return Promise.all(
          probes.map(async (probe) => {
            const result = await askProbe({ probe, terms, dependencies, signal });
            report(++done, probes.length, `${result.model} as ${result.use}`);
            return result;
          }),
        );
      }),
  };
}
