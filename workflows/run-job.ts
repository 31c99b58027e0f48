import {
  ActivityFailure,
  ApplicationFailure,
  CancellationScope,
  sleep,
  TimeoutFailure,
  type ActivityOptions,
} from '@temporalio/workflow';
import type { JobStep } from '../contract/runs/job-step.ts';
import type { JobEnd, JobLabel, TrainedModel } from '../contract/model-stages.ts';
import type { JobHandle, JobSpec } from '../contract/jobs.ts';
import * as activity from './proxies.ts';
import type { RunState } from './run-state.ts';

/** How often a job is launched: what kills it again and again is not to be waited out. */
const MOST_LAUNCHES = 20;
const LONGEST_PAUSE_MS = 60_000;

/** Where an activity runs that is about one job. */
type OnMachine = Pick<ActivityOptions, 'taskQueue' | 'scheduleToStartTimeout'>;

interface JobToRun {
  spec: JobSpec;
  about: JobLabel;
  /** In the UI's list of events. */
  summary: string;
  /** Of the config, for messages. */
  field?: string;
  /** Takes what the job made from the machine that made it. */
  keep: (trained: TrainedModel, where: OnMachine) => Promise<TrainedModel>;
}

/**
 * Launches a job, waits for its end, and keeps what it made. One that is lost, or whose machine is gone, is launched again, by whatever
 * machine has time for it, and goes on from its last checkpoint; a run that is cancelled or fails ends once its job has.
 */
export async function runJob(run: RunState, job: JobToRun): Promise<TrainedModel> {
  const { spec, about, summary } = job;
  for (let launches = 1; ; launches++) {
    const handle = await activity.launchJob.executeWithOptions({ summary }, [{ ...about, spec }]);
    const end = await untilKept(run, handle, job);
    run.endJob(about);
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

/** The job's end, with what it made safe from the end of its machine. */
async function untilKept(run: RunState, handle: JobHandle, job: JobToRun): Promise<JobEnd> {
  try {
    const end = await untilOver(run, handle, job);
    return end.status === 'lost' ? end : { ...end, trained: await job.keep(end.trained, onMachineOf(handle)) };
  } catch (error) {
    if (!handle.machine || !isGone(error)) throw error;
    const { queue, lostAfterMs } = handle.machine;
    const reason = `${job.about.label}: no worker of ${queue} has answered for ${lostAfterMs / 1000} s; the job is launched again`;
    return { status: 'lost', reason };
  }
}

/** Each tenth of the steps, and the first of all: a page that says how far a job has come costs a dozen looks of six events each. */
const TENTHS = 10;
const FIRST_TOLD = 0.02;
/** Of a job of days, a tenth is long. */
const TOLD_AFTER_MS = 3_600_000;

async function untilOver(run: RunState, handle: JobHandle, { about, summary, field }: JobToRun): Promise<JobEnd> {
  const where = onMachineOf(handle);
  try {
    let told: JobStep | undefined;
    for (;;) {
      const share = told ? (Math.floor((TENTHS * told.step) / told.totalSteps) + 1) / TENTHS : FIRST_TOLD;
      const tell = { share, afterMs: TOLD_AFTER_MS, ...(told && { told }) };
      const input = { ...about, job: handle, ...(field !== undefined && { field }), tell };
      const found = await activity.pollJob.executeWithOptions({ summary, ...where }, [input]);
      if (found.status !== 'running') return found;
      const { status: _running, ...step } = found;
      told = step;
      run.stepJob(about, step);
    }
  } catch (error) {
    // A machine that comes back stops by itself what no run asks for.
    if (!isGone(error))
      await CancellationScope.nonCancellable(() =>
        activity.cancelJob.executeWithOptions(where, [{ job: handle }]).catch(unlessGone),
      );
    throw error;
  }
}

const onMachineOf = ({ machine }: JobHandle): OnMachine =>
  machine ? { taskQueue: machine.queue, scheduleToStartTimeout: machine.lostAfterMs } : {};

/** Nobody took the activity: of a machine's own queue, only that machine can. */
const isGone = (error: unknown): boolean =>
  error instanceof ActivityFailure &&
  error.cause instanceof TimeoutFailure &&
  error.cause.timeoutType === 'SCHEDULE_TO_START';

function unlessGone(error: unknown): void {
  if (!isGone(error)) throw error;
}
