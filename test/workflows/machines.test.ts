import { setTimeout as sleep } from 'node:timers/promises';
import { ApplicationFailure } from '@temporalio/common';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Activities } from '../../contract/activities.ts';
import type { JobEnd } from '../../contract/model-stages.ts';
import { STILL_RUNNING, type ImproveResult, type RunProgress } from '../../contract/messages.ts';
import { machineQueue } from '../../contract/queues.ts';
import { fakeActivities } from '../support/fake-activities.ts';
import { startImprove } from '../support/scenarios.ts';
import { startTestServer, whileServed, withWorkers } from '../support/temporal.ts';

let env: TestWorkflowEnvironment;
beforeAll(async () => void (env = await startTestServer()), 60_000);
afterAll(() => env?.teardown());

const goesOn = ApplicationFailure.create({ type: STILL_RUNNING, nextRetryDelay: '50 milliseconds' });

const LOST_AFTER_MS = 1_500;

/**
 * Training machines that launch what the shared queue gives them in turn, each listening to its own queue. `did` has what each was asked of
 * the candidate's job.
 */
function machines(names: string[], end: (machine: string) => Promise<JobEnd | void>) {
  const did: string[] = [];
  const completed = (machine: string): JobEnd => ({
    status: 'completed',
    trained: { model: { uri: `file:///${machine}`, sha256: 'tuned' }, trainSeconds: 1, steps: 10 },
  });
  const of = (machine: string): Partial<Activities> => ({
    pollJob: async ({ job }) => {
      if (job.provider === 'base') return completed(machine);
      did.push(`${machine} looks`);
      return (await end(machine)) ?? completed(machine);
    },
    keepBase: async ({ trained }) => trained,
    keepTrained: async ({ trained }) => {
      did.push(`${machine} keeps`);
      return trained;
    },
    cancelJob: async () => void did.push(`${machine} stops`),
  });
  const turns = [...names];
  const { activities, calls } = fakeActivities({
    launchJob: async ({ spec }) => {
      const machine = spec.provider === 'base' ? names.at(-1)! : turns.length > 1 ? turns.shift()! : turns[0]!;
      const key = spec.provider === 'base' ? 'base' : 'job';
      if (key === 'job') did.push(`${machine} launches`);
      const handle = { provider: spec.provider, key, location: '/jobs' };
      return { ...handle, machine: { queue: machineQueue(machine), lostAfterMs: LOST_AFTER_MS } };
    },
  });
  return { activities, calls, did, of };
}

const warningsOf = async (handle: Awaited<ReturnType<typeof startImprove>>) =>
  (await handle.query<RunProgress>('progress')).warnings;

describe('a training job on one of several machines', () => {
  it('is looked at, kept and looked at again by the machine that runs it, and by no other', async () => {
    let looks = 0;
    const { activities, calls, did, of } = machines(['far', 'near'], async () => {
      if (++looks < 3) throw goesOn;
    });
    await withWorkers(
      env,
      activities,
      async () => {
        const handle = await startImprove(env);
        await handle.result();
        expect(await warningsOf(handle)).toBeUndefined();
      },
      { [machineQueue('near')]: of('near'), [machineQueue('far')]: of('far') },
    );
    expect(did).toEqual(['far launches', 'far looks', 'far looks', 'far looks', 'far keeps']);
    // Nothing of it came over the shared queue.
    expect(calls).not.toContain('pollJob');
    expect(calls).not.toContain('keepTrained');
  });

  it('is stopped there with a run that is cancelled', async () => {
    let looked = false;
    const { activities, did, of } = machines(['far', 'near'], async () => {
      looked = true;
      throw ApplicationFailure.create({ type: STILL_RUNNING, nextRetryDelay: '1 hour' });
    });
    await withWorkers(
      env,
      activities,
      async () => {
        const handle = await startImprove(env);
        for (let tries = 0; !looked && tries < 400; tries++) await sleep(50);
        await handle.cancel();
        await expect(handle.result()).rejects.toMatchObject({ cause: { name: 'CancelledFailure' } });
      },
      { [machineQueue('near')]: of('near'), [machineQueue('far')]: of('far') },
    );
    expect(did).toEqual(['far launches', 'far looks', 'far stops']);
  });

  it('is launched again elsewhere where its machine is gone, which is told', async () => {
    const { activities, did, of } = machines(['gone', 'near'], async () => {});
    await withWorkers(
      env,
      activities,
      async () => {
        const handle = await startImprove(env);
        const { candidates } = (await handle.result()) as ImproveResult;
        expect(candidates.map(({ modelUri }) => modelUri)).toEqual(['file:///near']);
        expect(await warningsOf(handle)).toEqual([
          'tuned: no worker of whetstone-training@gone has answered for 1.5 s; the job is launched again',
        ]);
      },
      { [machineQueue('near')]: of('near') },
    );
    expect(did).toEqual(['gone launches', 'near launches', 'near looks', 'near keeps']);
  });

  it('is launched again where its machine went before the model was kept', async () => {
    const going = Promise.withResolvers<void>();
    const { activities, did, of } = machines(['half', 'near'], async (machine) => {
      if (machine !== 'half') return;
      // It takes no more work, and ends when this look has.
      going.resolve();
      await sleep(500);
    });
    await withWorkers(
      env,
      activities,
      async () => {
        const handle = await startImprove(env);
        await whileServed({ env, queue: machineQueue('half'), activities: of('half') }, () => going.promise);
        const { candidates } = (await handle.result()) as ImproveResult;
        expect(candidates.map(({ modelUri }) => modelUri)).toEqual(['file:///near']);
      },
      { [machineQueue('near')]: of('near') },
    );
    expect(did).toEqual(['half launches', 'half looks', 'near launches', 'near looks', 'near keeps']);
  });

  it('has one result where its machine comes back while another one trains: nobody asks the late one', async () => {
    const back = Promise.withResolvers<void>();
    let looks = 0;
    const { activities, calls, did, of } = machines(['late', 'near'], async (machine) => {
      if (machine === 'late') return;
      if (++looks === 1) back.resolve();
      // The late one listens for a while.
      if (looks < 8) throw goesOn;
    });
    await withWorkers(
      env,
      activities,
      async () => {
        const handle = await startImprove(env);
        await back.promise;
        await whileServed({ env, queue: machineQueue('late'), activities: of('late') }, () => handle.result());
        const { candidates } = (await handle.result()) as ImproveResult;
        expect(candidates.map(({ modelUri }) => modelUri)).toEqual(['file:///near']);
      },
      { [machineQueue('near')]: of('near') },
    );
    expect(new Set(did)).toEqual(new Set(['late launches', 'near launches', 'near looks', 'near keeps']));
    expect(did.filter((what) => what === 'near keeps')).toHaveLength(1);
    expect(calls.filter((name) => name === 'registerCandidate')).toHaveLength(1);
  });

  it('ends with a run that is cancelled while its machine is gone', async () => {
    let launched = false;
    const { activities, of } = machines(['gone', 'near'], async () => {});
    const told: Activities = {
      ...activities,
      launchJob: async (input) => {
        launched ||= input.spec.provider !== 'base';
        return activities.launchJob(input);
      },
    };
    await withWorkers(
      env,
      told,
      async () => {
        const handle = await startImprove(env);
        for (let tries = 0; !launched && tries < 400; tries++) await sleep(50);
        await handle.cancel();
        await expect(handle.result()).rejects.toMatchObject({ cause: { name: 'CancelledFailure' } });
      },
      { [machineQueue('near')]: of('near') },
    );
  });
});
