import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestServer } from '../test/support/temporal.ts';
import { OUTCOME, WAITING_FOR } from '../contract/messages.ts';
import { cancelRun } from './cancel-run.ts';
import { TASK_QUEUES } from '../contract/queues.ts';
import { decide, evidenceOf } from './decide.ts';
import { followRun } from './follow-run.ts';
import { idleQueues, idleText } from './idle-queues.ts';
import { listRuns } from './list-runs.ts';
import { raiseBudget } from './raise-budget.ts';

let env: TestWorkflowEnvironment;
beforeAll(async () => void (env = await startTestServer()), 60_000);
afterAll(() => env?.teardown());

const said = { by: 'ada', why: 'because' };

describe('what is asked of runs that are not there', () => {
  it('is refused in words', async () => {
    const { client } = env;
    await expect(decide({ client, decision: 'approve', input: said })).rejects.toThrow(
      'No promotion waits for approval.',
    );
    await expect(decide({ client, promotion: 'promote/x', decision: 'reject', input: said })).rejects.toThrow(
      "no promotion 'promote/x'; npx whetstone status lists them",
    );
    await expect(raiseBudget({ client, workflowId: 'improve/x', input: { ...said, usd: 2 } })).rejects.toThrow(
      "no run 'improve/x'; npx whetstone status lists them",
    );
    await expect(raiseBudget({ client, workflowId: 'improve/x', input: said })).rejects.toThrow('usd, tokens, or both');
    await expect(cancelRun(client, 'improve/x')).rejects.toThrow("no run 'improve/x'");
    expect(await listRuns(client, 5)).toEqual([]);
  });

  it('is refused where it has ended, and tells how', async () => {
    const { client } = env;
    const handle = await client.workflow.start('buildDataset', {
      workflowId: 'dataset/demo/1',
      taskQueue: 'nobody',
      args: [{ config: 'demo' }],
    });
    await handle.terminate('a test');
    await expect(cancelRun(client, 'dataset/demo/1')).rejects.toThrow(
      'dataset/demo/1 has already ended (terminated); nothing was changed',
    );
    await expect
      .poll(async () => (await listRuns(client, 5))[0])
      .toMatchObject({
        workflowId: 'dataset/demo/1',
        state: 'terminated',
        outcome: expect.stringMatching(/^terminated: a test \(by .+\)$/) as string,
        notes: [],
      });
  });
});

it('what was cut off while it waited is not listed as waiting, nor as what somebody put into its outcome', async () => {
  const { client } = env;
  const start = (workflowId: string, timeout?: string) =>
    client.workflow.start('promoteModel', {
      workflowId,
      taskQueue: 'nobody',
      args: [{}],
      ...(timeout && { workflowExecutionTimeout: timeout as '1s' }),
      typedSearchAttributes: [
        { key: WAITING_FOR, value: 'approval' },
        { key: OUTCOME, value: 'promoted: by nobody' },
      ],
    });
  await (await start('promote/demo/terminated')).terminate('stuck');
  await start('promote/demo/late', '1s');
  const found = async () =>
    (await listRuns(client, 20))
      .filter(({ workflowId }) => workflowId.startsWith('promote/demo/'))
      .map(({ outcome, notes }) => [outcome.replace(/ \(by .*/, ''), notes]);
  await expect.poll(found, { timeout: 20_000 }).toEqual([
    ['timed out: it took longer than its workflow may', []],
    ['terminated: stuck', []],
  ]);
});

it('queues that no worker has asked in the last minute are named, and those that one has asked are not', async () => {
  const { client } = env;
  expect(await idleQueues(client, Date.now())).toEqual(Object.values(TASK_QUEUES));
  const namespace = client.options.namespace;
  const asks = { namespace, identity: 'a worker', taskQueue: { name: TASK_QUEUES.training } };
  await client
    .withDeadline(Date.now() + 3000, () => client.workflowService.pollActivityTaskQueue(asks))
    .catch(() => undefined);
  const others = Object.values(TASK_QUEUES).filter((queue) => queue !== TASK_QUEUES.training);
  expect(await idleQueues(client, Date.now())).toEqual(others);
  expect(await idleQueues(client, Date.now() + 120_000)).toEqual(Object.values(TASK_QUEUES));
  expect(idleText(['whetstone'])).toContain('No worker has polled whetstone in the last minute');
  expect(idleText([])).toBeUndefined();
});

it('what a promotion carries is read from the registry where no worker answers', async () => {
  const { client } = env;
  await client.workflow.start('promoteModel', { workflowId: 'promote/alone', taskQueue: 'nobody', args: [{}] });
  expect(await evidenceOf(client, 'promote/alone', async () => 'abc')).toBe('abc');
  await expect(
    evidenceOf(client, 'promote/alone', () => Promise.reject(new Error('no such promotion')), 100),
  ).rejects.toThrow(/does not answer .* the registry here does not know it.*--evidence HASH/);
  await client.workflow.getHandle('promote/alone').terminate('a test');
}, 30_000);

it('a run that somebody terminated tells who follows it how it ended', async () => {
  const { client } = env;
  const workflowId = 'improve/demo/2';
  const handle = await client.workflow.start('improveModel', { workflowId, taskQueue: 'nobody', args: [{}] });
  const followed = followRun({ client, workflowId, runId: handle.firstExecutionRunId, onStanding: () => {} });
  await Promise.all([
    expect(followed).rejects.toThrow('improve/demo/2 was terminated: by hand'),
    handle.terminate('by hand'),
  ]);
});
