import { ApplicationFailure, sleep } from '@temporalio/activity';
import type { Activities } from '../contract/activities.ts';
import type { JobLabel, TrainedModel } from '../contract/model-stages.ts';
import { JobWaits, type JobHandle, type JobSpec } from '../contract/jobs.ts';
import type { TrainingDependencies } from './dependencies.ts';
import { withHeartbeat } from './heartbeat.ts';
import { endOf, launch, watchJob } from './jobs.ts';
import type { trainingActivities } from './training.ts';

const WAIT_MS = 5_000;

/** Runs that were in the middle of training when jobs began to be polled wait for one activity that does it all; new ones don't. */
export function trainingOfBefore(
  dependencies: TrainingDependencies,
  steps: ReturnType<typeof trainingActivities>,
): Pick<Activities, 'makeBase' | 'fineTune'> {
  const { trainers, bases } = dependencies;

  async function follow(spec: JobSpec, about: JobLabel, field = about.label): Promise<TrainedModel> {
    const job = await withHeartbeat(about, () => launched(dependencies, spec));
    const jobs = spec.provider === 'base' ? bases : trainers[spec.provider];
    const ended = await watchJob({ jobs, job, about, watchMs: Infinity });
    const end = ended && ended.status !== 'running' ? endOf(ended, field) : undefined;
    if (end?.status === 'completed') return end.trained;
    throw ApplicationFailure.create({ type: 'whetstone.training', message: end?.reason ?? field });
  }

  return {
    makeBase: async (input) => {
      const job = await steps.prepareBase(input);
      const trained = await follow({ provider: 'base', job }, { stage: 'base', label: 'base model' }, input.field);
      return steps.keepBase({ trained });
    },
    fineTune: async (input) => {
      const { job, recipe } = await steps.prepareTraining(input);
      const { provider, name: label } = input.candidate;
      const trained = await follow({ provider, job }, { stage: 'training', label });
      return steps.keepTrained({ ...input, trained: { ...trained, recipe } });
    },
  };
}

async function launched(dependencies: TrainingDependencies, spec: JobSpec): Promise<JobHandle> {
  for (;;) {
    try {
      return await launch(dependencies, spec);
    } catch (error) {
      if (!(error instanceof JobWaits)) throw error;
      await sleep(WAIT_MS);
    }
  }
}
