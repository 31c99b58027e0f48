import { nameFoldersIn, type NamedFolders } from '../common/named-folders.ts';
import { configActivities } from './config.ts';
import { datasetActivities } from './dataset.ts';
import type { DependenciesOf } from './dependencies.ts';
import { documentActivities } from './documents.ts';
import { evaluationActivities } from './evaluation.ts';
import { evidenceActivities } from './evidence.ts';
import { toFailure } from './failure.ts';
import { gateActivities } from './gate.ts';
import { generationActivities } from './generation.ts';
import { gradingActivities } from './grading.ts';
import { indexActivities } from './retrieval/index-documents.ts';
import { ledgerActivities } from './ledger.ts';
import { ACTIVITY_WORDS } from '../contract/activity-names.ts';
import { madeOfActivities } from './runs/made-of.ts';
import { probeActivities } from './probe.ts';
import { registryActivities } from './registry.ts';
import { strike } from './strikes.ts';
import { runActivities } from './runs/claims.ts';
import { suiteActivities } from './suites.ts';
import { jobActivities } from './jobs.ts';
import { trainingOfBefore } from './training-of-before.ts';
import { trainingActivities } from './training.ts';
import type { ActivitiesOf, QueueName } from '../contract/queues.ts';

/** The activities of each queue, over what they need. */
const CREATE: { [Queue in QueueName]: (dependencies: DependenciesOf[Queue]) => ActivitiesOf<Queue> } = {
  control: (dependencies) => ({
    ...gateActivities(dependencies),
    ...ledgerActivities(dependencies),
    ...registryActivities(dependencies),
    ...runActivities(dependencies),
    ...gradingActivities(dependencies),
  }),
  generation: (dependencies) => ({
    ...configActivities(dependencies),
    ...documentActivities(dependencies),
    ...indexActivities(dependencies),
    ...probeActivities(dependencies),
    ...generationActivities(dependencies),
    ...datasetActivities(dependencies),
    ...suiteActivities(dependencies),
    ...madeOfActivities(dependencies),
  }),
  training: (dependencies) => {
    const training = trainingActivities(dependencies);
    return { ...training, ...trainingOfBefore(dependencies, training), ...jobActivities(dependencies) };
  },
  evaluation: (dependencies) => ({ ...evaluationActivities(dependencies), ...evidenceActivities(dependencies) }),
};

/**
 * The activities of one queue; what any of them throws is classified once, in failure.ts.
 * @param folders of this machine, which errors call by their names: they go to whoever opens the Temporal UI
 */
export function createActivities<Queue extends QueueName>(
  queue: Queue,
  dependencies: DependenciesOf[Queue],
  folders: NamedFolders = [],
): ActivitiesOf<Queue> {
  const activities = CREATE[queue](dependencies);
  return Object.fromEntries(
    Object.entries(activities).map(([name, run]) => [
      name,
      classified(ACTIVITY_WORDS[name as keyof typeof ACTIVITY_WORDS], run as AnyActivity, folders),
    ]),
  ) as unknown as ActivitiesOf<Queue>;
}

type AnyActivity = (input: unknown) => Promise<unknown>;

const classified =
  (what: string, run: AnyActivity, folders: NamedFolders): AnyActivity =>
  async (input) => {
    try {
      return await run(input);
    } catch (error) {
      const failure = strike(what, toFailure(error));
      nameFoldersIn(failure, folders);
      throw failure;
    }
  };
