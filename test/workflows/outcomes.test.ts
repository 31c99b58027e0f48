import { setTimeout as sleep } from 'node:timers/promises';
import type { WorkflowHandle } from '@temporalio/client';
import { ApplicationFailure, defineSearchAttributeKey, TypedSearchAttributes } from '@temporalio/common';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { toFailure } from '../../activities/failure.ts';
import { RunError } from '../../common/errors.ts';
import type { Activities } from '../../contract/activities.ts';
import { DECISION, MODEL, OUTCOME, STAGE, STILL_RUNNING, WAITING_FOR } from '../../contract/messages.ts';
import { TASK_QUEUES } from '../../contract/queues.ts';
import { fakeActivities, fakeEvaluation } from '../support/fake-activities.ts';
import { decide, startImprove, startPromotion, untilStage, untilWaiting } from '../support/scenarios.ts';
import { startTestServer, withWorkers } from '../support/temporal.ts';

/** What a person sees in the list of workflows and on the page of each, however it ends. */

let env: TestWorkflowEnvironment;
beforeAll(async () => void (env = await startTestServer()), 60_000);
afterAll(() => env?.teardown());

/** The page that the Temporal UI shows under User Metadata. */
async function pageOf(handle: WorkflowHandle): Promise<string> {
  const metadata = await handle.query<{ currentDetails?: string }>('__temporal_workflow_metadata');
  return metadata.currentDetails ?? '';
}

/** How a workflow stands in the list, by the server's own index. */
async function listed(handle: WorkflowHandle): Promise<{ outcome: string | undefined; waits: string | undefined }> {
  const find = async () => {
    const found = env.client.workflow.list({
      query: `WorkflowId = "${handle.workflowId}" AND ExecutionStatus != "Running"`,
    });
    for await (const { typedSearchAttributes: all } of found)
      return { outcome: all.get(OUTCOME), waits: all.get(WAITING_FOR) };
    return undefined;
  };
  for (let tries = 0; tries < 100; tries++, await sleep(50)) {
    const one = await find();
    if (one) return one;
  }
  throw new Error(`${handle.workflowId} never ended`);
}

/** Plays one ending. @returns its place in the list, and its page */
async function ending(
  overrides: Partial<Activities>,
  act: (env: TestWorkflowEnvironment) => Promise<WorkflowHandle>,
): Promise<{ outcome: string | undefined; waits: string | undefined; page: string }> {
  return withWorkers(env, fakeActivities(overrides).activities, async () => {
    const handle = await act(env);
    await handle.result().catch(() => {});
    return { ...(await listed(handle)), page: await pageOf(handle) };
  });
}

const equal = async () => ({
  evaluation: fakeEvaluation(0),
  evidence: { uri: 'file:///e', sha256: 'e', rows: 1 },
  table: '',
  sample: null,
});
/** Goes on for an hour, and holds no worker. */
const goesOn = () => Promise.reject(ApplicationFailure.create({ type: STILL_RUNNING, nextRetryDelay: '1 hour' }));

const trainsOn: Activities['pollJob'] = (input) =>
  input.job.provider === 'base' ? fakeActivities().activities.pollJob(input) : goesOn();

describe('a run', () => {
  it('that the gate lets through says where it goes on', async () => {
    const { outcome, page } = await ending({}, startImprove);
    expect(outcome).toMatch(/^passed: version 2 goes on as promote\/demo\/production\/\w+$/);
    expect(page).toMatch(/^## Improving demo\n\n\*\*The gate said promote\.\*\* version 2 goes on as/);
    expect(page).not.toContain('running');
    expect(page).not.toContain('As of');
  });

  it('that is held says what kept it, and how it can be promoted all the same', async () => {
    const fake = fakeActivities().activities;
    const { outcome, page } = await ending(
      {
        compareArms: equal,
        decideGate: async (input) => ({ ...(await fake.decideGate(input)), faults: ['too near'] }),
      },
      startImprove,
    );
    expect(outcome).toBe('held: too near');
    expect(page).toContain('**Held.** too near');
    expect(page).toContain('npx whetstone promote demo@v2 --override');
  });

  it('that fails says in which stage, why in the words of what failed, and what to do', async () => {
    const { outcome, page } = await ending(
      { assembleDataset: () => Promise.reject(toFailure(new RunError('dataset', 'no example was kept'))) },
      startImprove,
    );
    expect(outcome).toBe('failed: no example was kept');
    expect(page).toContain('**Failed.** no example was kept\n\n**What to do next:** Mend what it names');
    expect(page).toContain('| Build the dataset | **failed here** |');
    expect(page).toContain('| Fine-tune the candidates | not reached |');
    expect(page).not.toContain('running');
  });

  it('that fails shows no stack trace, which would name the folders of a machine (N11)', async () => {
    const cause = new Error('at the bottom');
    const error = () => Promise.reject(ApplicationFailure.create({ message: 'gone', nonRetryable: true, cause }));
    await withWorkers(env, fakeActivities({ assembleDataset: error }).activities, async () => {
      const handle = await startImprove(env);
      await handle.result().catch(() => {});
      const history = JSON.stringify(await handle.fetchHistory());
      expect(history.includes('at the bottom')).toBe(true);
      expect(history.match(/.{80}\.[jt]s:\d+/)).toBeNull();
    });
  });

  it('that is cancelled in training says so', async () => {
    const { outcome, page } = await ending({ pollJob: trainsOn }, async () => {
      const handle = await startImprove(env);
      await untilStage(handle, 'training');
      await handle.cancel();
      return handle;
    });
    expect(outcome).toBe('cancelled: somebody cancelled it');
    expect(page).toContain('| Fine-tune the candidates | **cancelled here** |');
    expect(page).toContain('To go on, start the run again');
    expect(page).not.toContain('running');
  });

  it('whose input is none says so in the list, too', async () => {
    const { outcome, page } = await ending({}, () => startImprove(env, [{ confg: 'demo' }]));
    expect(outcome).toMatch(/^failed: improveModel: .*confg/);
    expect(page).toContain('Start it again with an input such as the one above.');
  });

  it('that is cancelled while it waits for its budget waits for nobody any more', async () => {
    const capped = ApplicationFailure.create({
      type: 'whetstone.budget',
      message: '10 of 10 spent',
      nonRetryable: true,
    });
    const { outcome, waits, page } = await ending({ makeExamples: () => Promise.reject(capped) }, async () => {
      const handle = await startImprove(env);
      await untilWaiting(handle);
      expect(await pageOf(handle)).toMatch(/\*\*Waits for a larger budget.*\n\n_As of .* UTC\. Press R/s);
      await handle.cancel();
      return handle;
    });
    expect([outcome, waits]).toEqual(['cancelled: somebody cancelled it', '']);
    expect(page).not.toContain('Waits for');
  });

  it('begins with nothing of what the Start form kept of another', async () => {
    const pair = (key: { name: string }, value: string) => ({
      key: defineSearchAttributeKey(key.name, 'KEYWORD'),
      value,
    });
    const left = [
      pair(MODEL, 'another'),
      pair(DECISION, 'promote'),
      pair(OUTCOME, 'promoted: once'),
      pair(STAGE, 'gate'),
    ];
    await withWorkers(env, fakeActivities({ readDocuments: goesOn }).activities, async () => {
      const handle = await env.client.workflow.start('improveModel', {
        workflowId: 'by-hand',
        taskQueue: TASK_QUEUES.control,
        args: [{ config: 'demo' }],
        typedSearchAttributes: new TypedSearchAttributes(left),
      });
      await untilStage(handle, 'documents');
      const { typedSearchAttributes: now } = await handle.describe();
      expect([MODEL, DECISION, OUTCOME, STAGE].map((key) => now.get(key))).toEqual([
        'demo',
        undefined,
        undefined,
        'documents',
      ]);
      await handle.terminate('a test');
      // The server ends it: no code of ours runs, and the page stays as it was.
      expect(await listed(handle)).toMatchObject({ outcome: undefined });
      expect(await pageOf(handle)).toContain('where the status above says Terminated, nothing goes on');
    });
  });
});

describe('a promotion', () => {
  const promoted = (decision: 'approve' | 'reject') => async () => {
    const handle = await startPromotion(env);
    await untilWaiting(handle);
    await decide(handle, decision, { by: 'ada', why: 'I read it' });
    return handle;
  };

  it('that is approved, rejected, expired, held, failed or cancelled looks like no other', async () => {
    const approved = await ending({}, promoted('approve'));
    expect(approved.outcome).toBe('promoted: production points at version 2, decided by ada');
    expect(approved.page).toContain('**Promoted.**');
    // Back to the base, a rollback goes only where that is said.
    expect(approved.page).toContain('`npx whetstone rollback demo@production --base --why "..."`');
    expect(approved.page).toContain('`npx whetstone takedown demo@production --why "..."`');

    const rejected = await ending({}, promoted('reject'));
    expect(rejected.outcome).toBe('rejected: by ada: I read it');
    const expired = await ending({}, () => startPromotion(env, { expiresAfterMs: 200 }));
    expect(expired.outcome).toMatch(/^held: nobody decided within/);
    const conflict = { status: 'conflict' as const, reason: 'version 5 serves now' };
    const held = await ending({ promoteVersion: async () => conflict }, () => startPromotion(env, { approvals: 0 }));
    expect(held.outcome).toBe('held: version 5 serves now');
    const broken = { promoteVersion: () => Promise.reject(ApplicationFailure.nonRetryable('no such version')) };
    const failed = await ending(broken, () => startPromotion(env, { approvals: 0 }));
    expect(failed.outcome).toBe('failed: no such version');
    const cancelled = await ending({}, async () => {
      const handle = await startPromotion(env);
      await untilWaiting(handle);
      await handle.cancel();
      return handle;
    });
    expect([cancelled.outcome, cancelled.waits]).toEqual(['cancelled: somebody cancelled it', '']);
    for (const { page } of [approved, rejected, expired, held, failed, cancelled])
      expect(page).not.toMatch(/Waits for/);
  });
});

describe('a dataset and a rollback', () => {
  const start = (workflow: string, input: object) => () =>
    env.client.workflow.start(workflow, {
      workflowId: `${workflow}-${Math.random()}`,
      taskQueue: TASK_QUEUES.control,
      args: [input],
    });

  it('say what came of them', async () => {
    const built = await ending({}, start('buildDataset', { config: 'demo' }));
    expect(built.outcome).toBe('built: version abcdefabcdef, 15 examples');
    const back = await ending({}, start('rollbackModel', { model: 'demo', by: 'ada', why: 'worse' }));
    expect(back.outcome).toBe('rolled back: production of demo points at version 1');
    expect(back.page).toContain('Version 2 is withdrawn');
    // From nothing: what was taken down before is what is withdrawn, where it is not put back itself.
    for (const [withdrawn, words] of [
      [3, /unblock demo 3/],
      [undefined, /No version was withdrawn/],
    ] as const) {
      const rollbackAlias = async () => ({ from: 0, to: 2, ...(withdrawn && { withdrawn }) });
      const { page } = await ending({ rollbackAlias }, start('rollbackModel', { model: 'demo', by: 'ada', why: 'w' }));
      expect(page).toMatch(words);
      expect(page).not.toMatch(/ersion 0/);
    }
    const nothing = toFailure(new RunError('rollback', 'nothing served before'));
    const stays = await ending(
      { rollbackAlias: () => Promise.reject(nothing) },
      start('rollbackModel', { model: 'demo', by: 'ada', why: 'worse' }),
    );
    expect(stays.outcome).toBe('failed: nothing served before');
  });
});
