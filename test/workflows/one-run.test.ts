import { setTimeout as sleep } from 'node:timers/promises';
import { ScheduleOverlapPolicy, type WorkflowHandle } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { runActivities } from '../../activities/runs/claims.ts';
import type { Activities } from '../../contract/activities.ts';
import { OUTCOME, STILL_RUNNING, type ImproveEnd, type RunProgress } from '../../contract/messages.ts';
import { TASK_QUEUES } from '../../contract/queues.ts';
import { openRegistry, type OpenRegistry } from '../../registry/open.ts';
import { fakeActivities, fakeConfig } from '../support/fake-activities.ts';
import { failureOf } from '../support/scenarios.ts';
import { startTestServer, withWorkers } from '../support/temporal.ts';

/** Whether a run goes on: with a real server, a real registry, and everything else made up. */

let env: TestWorkflowEnvironment;
let opened: OpenRegistry;
beforeAll(async () => void (env = await startTestServer()), 60_000);
afterAll(async () => {
  await opened?.close();
  await env?.teardown();
});

/** What the run is made of; each test has a model of its own. */
let madeOf: Record<string, string>;
let model = 0;
beforeEach(async () => {
  opened ??= await openRegistry({ url: ':memory:' });
  model += 1;
  madeOf = { config: 'c', documents: 'd', judges: 'grounded 1' };
});
const name = () => `model-${model}`;

function system(more: Partial<Activities> = {}) {
  const { registry } = opened;
  const fake = fakeActivities({
    resolveConfig: async () => ({
      config: fakeConfig({ name: name() }),
      configHash: 'c'.repeat(64),
      source: 'configs/demo.yaml',
      batched: false,
    }),
    ...runActivities({ registry, now: () => new Date().toISOString() }),
    readMadeOf: async () => madeOf,
    ...more,
  });
  return <T>(work: () => Promise<T>) =>
    withWorkers(env, fake.activities, work).then((result) => ({ result, calls: fake.calls }));
}

let starts = 0;
const start = (more: { id?: string; input?: object; staticSummary?: string } = {}): Promise<WorkflowHandle> =>
  env.client.workflow.start('improveModel', {
    workflowId: more.id ?? `by-hand-${++starts}`,
    taskQueue: TASK_QUEUES.control,
    args: [{ config: 'demo', ...more.input }],
    ...(more.staticSummary && { staticSummary: more.staticSummary }),
  });
const endOf = async (handle: WorkflowHandle) => (await handle.result()) as ImproveEnd;
const outcomeOf = async (handle: WorkflowHandle) => (await handle.describe()).typedSearchAttributes.get(OUTCOME);
const progressOf = (handle: WorkflowHandle) => handle.query<RunProgress>('progress');
/** Reads documents for ever, without holding a worker. */
const readsOn = {
  readDocuments: () => Promise.reject(ApplicationFailure.create({ type: STILL_RUNNING, nextRetryDelay: '1 hour' })),
};

/** Whether it came to the documents, which it reads on; false where it ended before that. */
async function isHeld(handle: WorkflowHandle): Promise<boolean> {
  for (let tries = 0; tries < 200; tries++, await sleep(50)) {
    const { stages } = await progressOf(handle);
    if (stages.find(({ name: stage }) => stage === 'documents')?.status === 'running') return true;
    if ((await handle.describe()).status.name !== 'RUNNING') return false;
  }
  throw new Error('it neither read documents nor ended');
}
const untilHeld = async (handle: WorkflowHandle) => expect(await isHeld(handle)).toBe(true);

describe('one run for a model at a time', () => {
  it('a second one ends at once and names the open one, which may end in any way', async () => {
    const run = system(readsOn);
    await run(async () => {
      const first = await start();
      await untilHeld(first);
      const second = await start();
      expect(await endOf(second)).toMatchObject({
        notDone: 'not started',
        other: { workflowId: first.workflowId },
        next: expect.stringContaining(`npx whetstone cancel ${first.workflowId}`),
      });
      expect(await outcomeOf(second)).toBe(`not started: a run of ${name()} is open: ${first.workflowId}`);
      // Nobody gives the model back here: that the run is over is enough.
      await first.terminate('a test');
      const third = await start();
      await untilHeld(third);
      await third.cancel();
      await third.result().catch(() => {});
      const fourth = await start();
      await untilHeld(fourth);
      await fourth.terminate('a test');
    });
  });

  it('of ten that start at the same moment, one goes on', async () => {
    const run = system(readsOn);
    await run(async () => {
      const handles = await Promise.all(Array.from({ length: 10 }, () => start()));
      const held = await Promise.all(handles.map(isHeld));
      expect(held.filter((one) => one)).toHaveLength(1);
      await handles[held.indexOf(true)]?.terminate('a test');
    });
  });

  it('another model is nobody of its business', async () => {
    const run = system(readsOn);
    await run(async () => {
      const first = await start();
      await untilHeld(first);
      model += 1;
      const other = await start();
      await untilHeld(other);
      await first.terminate('a test');
      await other.terminate('a test');
    });
  });
});

describe('what the Start form keeps of another run', () => {
  it('is refused where the id names another config than the input', async () => {
    await system()(async () => {
      const failure = await failureOf(await start({ id: 'improve/quickstart/0123abcd' }));
      expect(failure).toMatchObject({ type: 'whetstone.input' });
      expect(failure.message).toContain(
        `found the workflow id improve/quickstart/0123abcd, which names 'quickstart', and a config of '${name()}'`,
      );
      // By its model, or by its file.
      expect(await endOf(await start({ id: `improve/${name()}/1` }))).toMatchObject({ model: name() });
      expect(await endOf(await start({ id: 'improve/demo/1' }))).toMatchObject({ model: name() });
    });
  });

  it('is told where the summary is of another', async () => {
    await system()(async () => {
      const handle = await start({ staticSummary: 'Improve quickstart from configs/quickstart.yaml' });
      await handle.result();
      expect((await progressOf(handle)).warnings).toEqual([
        expect.stringContaining("is another's: the Start form held"),
      ]);
      const own = await start({ staticSummary: `Improve ${name()} from configs/demo.yaml` });
      await own.result();
      expect((await progressOf(own)).warnings).toBeUndefined();
    });
  });
});

describe('a run that finds nothing changed', () => {
  /** As a schedule does; Temporal marks what it starts. */
  async function scheduled(input: object = {}): Promise<WorkflowHandle> {
    const schedule = await env.client.schedule.create({
      scheduleId: `retrain/${name()}-${++starts}`,
      spec: {},
      policies: { overlap: ScheduleOverlapPolicy.SKIP },
      action: {
        type: 'startWorkflow',
        workflowType: 'improveModel',
        workflowId: `improve/${name()}/${starts}`,
        taskQueue: TASK_QUEUES.control,
        args: [{ config: 'demo', ...input }],
      },
    });
    await schedule.trigger();
    for (;;) {
      const [started] = (await schedule.describe()).info.recentActions;
      if (started) return env.client.workflow.getHandle(started.action.workflow.workflowId);
      await sleep(50);
    }
  }

  it('ends at once where a schedule started it, and says since when; what changed is named', async () => {
    const { calls } = await system()(async () => {
      const first = await start();
      await first.result();
      const second = await scheduled();
      expect(await endOf(second)).toMatchObject({
        notDone: 'nothing changed',
        other: { workflowId: first.workflowId },
      });
      expect(await outcomeOf(second)).toMatch(new RegExp(`^nothing changed: since run ${first.workflowId} of 20`));
      const page = await second.query<{ currentDetails: string }>('__temporal_workflow_metadata');
      expect(page.currentDetails).toContain('config, documents, judges are as they were');
      expect(page.currentDetails).toContain(`npx whetstone schedule trigger ${name()} --anyway`);

      madeOf = { ...madeOf, documents: 'corrected', judges: 'grounded 2' };
      const third = await scheduled();
      expect(await endOf(third)).toMatchObject({ gate: { decision: 'promote' } });
      expect((await progressOf(third)).since).toMatch(/^Since by-hand-\d+, .* changed: documents, judges\.$/);
      // That run is the last now.
      expect(await endOf(await scheduled())).toMatchObject({ other: { workflowId: third.workflowId } });
    });
    expect(calls.filter((one) => one === 'makeExamples')).toHaveLength(2 * 3);
  });

  it('goes on where somebody started it, or its input says so', async () => {
    await system()(async () => {
      await (await start()).result();
      const byHand = await start();
      expect(await endOf(byHand)).toMatchObject({ gate: {} });
      expect((await progressOf(byHand)).since).toMatch(/This run goes on all the same: somebody started it\.$/);
      expect(await endOf(await scheduled({ anyway: true }))).toMatchObject({ gate: {} });
      expect(await endOf(await scheduled({ fresh: true }))).toMatchObject({ gate: {} });
      // A schedule of before says in its input who made it.
      const before = await scheduled({ anyway: true, startedBy: { by: 'Ada', how: 'schedule' } });
      expect(await endOf(before)).toMatchObject({ gate: {} });
      expect((await progressOf(before)).warnings).toBeUndefined();
    });
  });

  it('does not compare with a run that failed, or that was of another config', async () => {
    const broken = { assembleDataset: () => Promise.reject(ApplicationFailure.nonRetryable('no example was kept')) };
    await system(broken)(async () => void (await (await start()).result().catch(() => {})));
    await system()(async () => {
      expect(await endOf(await scheduled())).toMatchObject({ gate: {} });
      madeOf = { ...madeOf, config: 'edited' };
      expect(await endOf(await scheduled())).toMatchObject({ gate: {} });
    });
  });
});
