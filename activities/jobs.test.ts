import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import { describe, expect, it } from 'vitest';
import type { TellStep } from '../contract/runs/job-step.ts';
import { JobWaits, type JobHandle, type JobStatus } from '../contract/jobs.ts';
import { STILL_RUNNING, type Heartbeat } from '../contract/messages.ts';
import type { TrainingDependencies } from './dependencies.ts';
import { toFailure } from './failure.ts';
import { jobActivities } from './jobs.ts';

const job: JobHandle = { provider: 'trl', key: 'run-tuned', location: '/jobs/run-tuned' };
const about = { stage: 'training', label: 'tuned' } as const;
const model = { uri: 'file:///model', sha256: 'abc' };

/** Activities over a trainer that answers these in turn, looking once each attempt, and what was heartbeaten. */
function over(answers: JobStatus[], heartbeatDetails?: Heartbeat) {
  const trainer = {
    poll: () => Promise.resolve(answers.shift()),
    launch: () => Promise.reject(new JobWaits("candidate 'tuned' waits for job 'other'")),
  };
  const activities = jobActivities(
    { trainers: { trl: trainer }, bases: trainer } as unknown as TrainingDependencies,
    0,
  );
  const environment = new MockActivityEnvironment({ heartbeatDetails }, { logger: new DefaultLogger('ERROR') });
  const beats: unknown[] = [];
  environment.on('heartbeat', (beat) => beats.push(beat));
  return { activities, beats, run: <T>(work: () => Promise<T>) => environment.run(work) as Promise<T> };
}

describe('looking at a job', () => {
  it('gives its slot back while the job goes on, without a failure that anybody would be told of', async () => {
    const { activities, run } = over([{ status: 'running', step: 3, totalSteps: 10, loss: 0.5 }]);
    await expect(run(() => activities.pollJob({ ...about, job }))).rejects.toMatchObject({
      type: STILL_RUNNING,
      nonRetryable: false,
      category: 'BENIGN',
      nextRetryDelay: '1 second',
    });
  });

  it('says how far it has come where that is asked, and never the same twice', async () => {
    const answers: JobStatus[] = [
      { status: 'running', step: 5, totalSteps: 100 },
      { status: 'running', step: 20, totalSteps: 100, loss: 0.5 },
      { status: 'running', step: 20, totalSteps: 100, loss: 0.5 },
    ];
    const { activities, run, beats } = over(answers);
    const told = { step: 4, totalSteps: 100, loss: 0.75 };
    const look = (tell: TellStep) => run(() => activities.pollJob({ ...about, job, tell }));
    await expect(look({ share: 0.2, afterMs: 3_600_000_000_000, told })).rejects.toMatchObject({ type: STILL_RUNNING });
    expect(beats[0]).toEqual({ ...about, done: 4, total: 100, text: 'loss 0.750' });
    const found = { status: 'running', step: 20, totalSteps: 100, loss: 0.5 };
    expect(await look({ share: 0.2, afterMs: 3_600_000_000_000, told })).toEqual(found);
    await expect(look({ share: 0, afterMs: 0, told: { step: 20, totalSteps: 100 } })).rejects.toMatchObject({
      type: STILL_RUNNING,
    });
  });

  it('goes on from where the attempt before left the bar', async () => {
    const before = { ...about, done: 3, total: 10, text: 'loss 0.500' };
    const completed: JobStatus = { status: 'completed', model, step: 10, loss: 0.25, trainSeconds: 4 };
    const { activities, run, beats } = over([completed], before);
    expect(await run(() => activities.pollJob({ ...about, job }))).toEqual({
      status: 'completed',
      trained: { model, steps: 10, finalLoss: 0.25, trainSeconds: 4 },
    });
    expect(beats).toEqual([before]);
  });

  it('says that a job is lost where another launch helps, and fails for good where none does', async () => {
    const { activities, run } = over([
      { status: 'failed', reason: "candidate 'tuned': was killed", retryable: true },
      { status: 'failed', reason: 'not a number', retryable: false },
    ]);
    const look = () => run(() => activities.pollJob({ ...about, job, field: 'candidates[0].base' }));
    expect(await look()).toEqual({ status: 'lost', reason: "candidates[0].base: candidate 'tuned': was killed" });
    await expect(look()).rejects.toMatchObject({
      type: 'whetstone.training',
      nonRetryable: true,
      message: 'candidates[0].base: not a number',
    });
  });
});

it('a job that can not be launched yet is told of, and tried again soon', async () => {
  const { activities, run, beats } = over([]);
  const launch = () => activities.launchJob({ ...about, spec: { provider: 'base', job: { base: 'b', seed: 1 } } });
  const failure = await run(launch).catch(toFailure);
  expect(failure).toMatchObject({ type: STILL_RUNNING, nonRetryable: false, nextRetryDelay: '5 seconds' });
  expect(beats.at(-1)).toEqual({ ...about, done: 0, total: 1, text: "candidate 'tuned' waits for job 'other'" });
});
