import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestServer } from '../test/support/temporal.ts';
import { OUTCOME, WAITING_FOR } from '../contract/messages.ts';
import { cancelRun } from './cancel-run.ts';
import { decide } from './decide.ts';
import { followRun } from './follow-run.ts';
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
