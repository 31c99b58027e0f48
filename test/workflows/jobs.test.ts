import { setTimeout as sleep } from 'node:timers/promises';
import { Context } from '@temporalio/activity';
import { ApplicationFailure } from '@temporalio/common';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TellStep } from '../../contract/runs/job-step.ts';
import { STILL_RUNNING, type RunProgress } from '../../contract/messages.ts';
import { followRun } from '../../operations/follow-run.ts';
import { stageLines } from '../../operations/progress.ts';
import { readStanding, type RunStanding } from '../../operations/run-standing.ts';
import { fakeActivities } from '../support/fake-activities.ts';
import { failureOf, startImprove } from '../support/scenarios.ts';
import { startTestServer, withWorkers } from '../support/temporal.ts';

let env: TestWorkflowEnvironment;
beforeAll(async () => void (env = await startTestServer()), 60_000);
afterAll(() => env?.teardown());

const goesOn = (nextRetryDelay: '50 milliseconds' | '3 seconds' | '1 hour') =>
  ApplicationFailure.create({ type: STILL_RUNNING, nextRetryDelay });

describe('a training job', () => {
  it('is looked at until it is over, and launched again where it was lost, which is told', async () => {
    const fake = fakeActivities();
    let looks = 0;
    const { activities, calls } = fakeActivities({
      pollJob: async (input) => {
        if (input.job.provider === 'base' || ++looks > 3) return fake.activities.pollJob(input);
        if (looks === 2) return { status: 'lost', reason: 'was killed at step 5' };
        throw goesOn('50 milliseconds');
      },
    });
    await withWorkers(env, activities, async () => {
      const handle = await startImprove(env);
      await handle.result();
      const { warnings } = await handle.query<RunProgress>('progress');
      expect(warnings).toEqual(['was killed at step 5']);
    });
    // One launch for the base, and two for the candidate.
    expect(calls.filter((name) => name === 'launchJob')).toHaveLength(3);
    expect(calls.filter((name) => name === 'keepTrained')).toHaveLength(1);
    expect(calls).not.toContain('cancelJob');
  });

  it('shows where it stands between two looks, and no trouble', async () => {
    const beat = { stage: 'training', label: 'tuned', done: 3, total: 10, text: 'loss 0.500' };
    let again = false;
    const fake = fakeActivities();
    const { activities } = fakeActivities({
      pollJob: async (input) => {
        if (input.job.provider === 'base' || again) return fake.activities.pollJob(input);
        again = true;
        Context.current().heartbeat(beat);
        throw goesOn('3 seconds');
      },
    });
    await withWorkers(env, activities, async () => {
      const handle = await startImprove(env);
      const between = async () => {
        const [polled] = (await handle.describe()).raw.pendingActivities ?? [];
        return polled?.activityType?.name === 'pollJob' && polled.attempt === 2;
      };
      for (let tries = 0; !(await between()) && tries < 400; tries++) await sleep(50);
      expect(await readStanding(handle)).toMatchObject({ heartbeats: [beat], troubles: [] });
      await handle.result();
    });
  });

  it('shows on its page how far it has come, in a dozen events (N9)', async () => {
    const fake = fakeActivities();
    const asked: (TellStep | undefined)[] = [];
    const { activities } = fakeActivities({
      pollJob: async (input) => {
        if (input.job.provider === 'base' || asked.length === 3) return fake.activities.pollJob(input);
        asked.push(input.tell);
        if (asked.length === 3) throw goesOn('3 seconds');
        return { status: 'running', step: asked.length === 1 ? 2 : 50, totalSteps: 100, loss: 1.5 };
      },
    });
    await withWorkers(env, activities, async () => {
      const handle = await startImprove(env);
      const page = async () =>
        (await handle.query<{ currentDetails: string }>('__temporal_workflow_metadata')).currentDetails;
      for (let tries = 0; asked.length < 3 && tries < 400; tries++) await sleep(50);
      expect(await page()).toMatch(
        /\| Fine-tune the candidates \| \*\*running\*\* \| {2}\| tuned: step 50 of 100, loss 1\.500, about \d+ s left \|/,
      );
      const standing = await readStanding(handle);
      expect(standing && stageLines(standing.run, standing.heartbeats).at(-1)).toMatchObject({ done: 50, total: 100 });
      await handle.result();
      expect((await handle.query<RunProgress>('progress')).jobs).toEqual([]);
    });
    expect(asked).toMatchObject([
      { share: 0.02 },
      { share: 0.1, told: { step: 2 } },
      { share: 0.6, told: { step: 50 } },
    ]);
  });

  it('is stopped with a run that is cancelled, between two looks too', async () => {
    let looks = 0;
    const { activities, calls } = fakeActivities({
      pollJob: async ({ job }) => {
        if (job.provider === 'base')
          return { status: 'completed', trained: { model: fakeModel, trainSeconds: 0, steps: 0 } };
        looks++;
        throw goesOn('1 hour');
      },
    });
    await withWorkers(env, activities, async () => {
      const handle = await startImprove(env);
      for (let tries = 0; looks === 0 && tries < 400; tries++) await sleep(50);
      const { workflowId, runId } = await handle.describe();
      const standings: RunStanding[] = [];
      const onStanding = (standing: RunStanding) => void standings.push(standing);
      const followed = followRun({ client: env.client, workflowId, runId, onStanding });
      followed.catch(() => {}); // Awaited below.
      await handle.cancel();
      await expect(followed).rejects.toThrow(`${workflowId} was cancelled`);
      const last = standings.at(-1);
      expect(last).toMatchObject({ ending: true });
      // Nothing starts in it any more.
      expect(last && stageLines(last.run, last.heartbeats, last.ending).filter(({ ended }) => !ended)).toEqual([]);
      await expect(handle.result()).rejects.toMatchObject({ cause: { name: 'CancelledFailure' } });
    });
    expect(looks).toBe(1);
    expect(calls.filter((name) => name === 'cancelJob')).toHaveLength(1);
  });

  it('that fails for good fails the run in its own words', async () => {
    const { activities } = fakeActivities({
      pollJob: async () => {
        throw ApplicationFailure.create({ type: 'whetstone.training', message: 'not a number', nonRetryable: true });
      },
    });
    await withWorkers(env, activities, async () =>
      expect(await failureOf(await startImprove(env))).toEqual({ type: 'whetstone.training', message: 'not a number' }),
    );
  });
});

const fakeModel = { uri: 'file:///models/base', sha256: 'base' };
