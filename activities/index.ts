import { configActivities } from './config.ts';
import { datasetActivities } from './dataset.ts';
import type { Dependencies } from './dependencies.ts';
import { documentActivities } from './documents.ts';
import { evaluationActivities } from './evaluation.ts';
import { toFailure } from './failure.ts';
import { gateActivities } from './gate.ts';
import { generationActivities } from './generation.ts';
import { ledgerActivities } from './ledger.ts';
import { ACTIVITY_WORDS } from '../contract/activity-names.ts';
import { probeActivities } from './probe.ts';
import { registryActivities } from './registry.ts';
import { strike } from './strikes.ts';
import { jobActivities } from './jobs.ts';
import { trainingOfBefore } from './training-of-before.ts';
import { trainingActivities } from './training.ts';
import type { Activities } from '../contract/activities.ts';

/** Every activity, over its dependencies; what any of them throws is classified once, in failure.ts. */
export function createActivities(dependencies: Dependencies): Activities {
  const training = trainingActivities(dependencies);
  const activities: Activities = {
    ...configActivities(dependencies),
    ...documentActivities(dependencies),
    ...probeActivities(dependencies),
    ...generationActivities(dependencies),
    ...datasetActivities(dependencies),
    ...training,
    ...trainingOfBefore(dependencies, training),
    ...jobActivities(dependencies),
    ...evaluationActivities(dependencies),
    ...gateActivities(dependencies),
    ...ledgerActivities(dependencies),
    ...registryActivities(dependencies),
  };
  return Object.fromEntries(
    Object.entries(activities).map(([name, run]) => [
      name,
      classified(ACTIVITY_WORDS[name as keyof Activities], run as AnyActivity),
    ]),
  ) as unknown as Activities;
}

type AnyActivity = (input: unknown) => Promise<unknown>;

const classified =
  (what: string, run: AnyActivity): AnyActivity =>
  async (input) => {
    try {
      return await run(input);
    } catch (error) {
      throw strike(what, toFailure(error));
    }
  };
