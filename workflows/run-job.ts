import { ApplicationFailure, CancellationScope, sleep } from '@temporalio/workflow';
import type { JobEnd, JobLabel, TrainedModel } from '../contract/model-stages.ts';
import type { JobHandle, JobSpec } from '../contract/jobs.ts';
import * as activity from './proxies.ts';
import type { RunState } from './run-state.ts';

/** How often a job is launched: what kills it again and again is not to be waited out. */
const MOST_LAUNCHES = 20;
const LONGEST_PAUSE_MS = 60_000;

interface JobToRun {
  spec: JobSpec;
  about: JobLabel;
  /** In the UI's list of events. */
  summary: string;
  /** Of the config, for messages. */
  field?: string;
}

/**
 * Launches a job and waits for its end. One that is lost is launched again, and goes on from its last checkpoint; a run that
 * is cancelled or fails ends once its job has.
 */
export async function runJob(run: RunState, job: JobToRun): Promise<TrainedModel> {
  const { spec, about, summary } = job;
  for (let launches = 1; ; launches++) {
    const handle = await activity.launchJob.executeWithOptions({ summary }, [{ ...about, spec }]);
    const end = await untilOver(handle, job);
    if (end.status === 'completed') return end.trained;
    if (launches >= MOST_LAUNCHES)
      throw ApplicationFailure.create({
        type: 'whetstone.training',
        message: `${end.reason} (launched ${launches} times)`,
        nonRetryable: true,
      });
    run.warn([end.reason]);
    await sleep(Math.min(LONGEST_PAUSE_MS, 1_000 * 2 ** (launches - 1)));
  }
}

async function untilOver(handle: JobHandle, { about, summary, field }: JobToRun): Promise<JobEnd> {
  try {
    const input = { ...about, job: handle, ...(field !== undefined && { field }) };
    return await activity.pollJob.executeWithOptions({ summary }, [input]);
  } catch (error) {
    await CancellationScope.nonCancellable(() => activity.cancelJob({ job: handle }));
    throw error;
  }
}
