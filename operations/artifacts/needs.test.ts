import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startTestServer } from '../../test/support/temporal.ts';
import { namesOfOpenRuns } from './needs.ts';

let env: TestWorkflowEnvironment;
beforeAll(async () => void (env = await startTestServer()), 60_000);
afterAll(() => env?.teardown());

it('reads what open runs were given, and nothing of those that ended', async () => {
  const { client } = env;
  const start = (workflowId: string, name: string) =>
    client.workflow.start('improveModel', {
      workflowId,
      taskQueue: 'nobody',
      args: [{ config: 'demo', chunks: { uri: `file:///elsewhere/chunks/${name}.jsonl` } }],
    });
  const { firstExecutionRunId } = await start('improve/a', '0123456789ab');
  const ended = await start('improve/b', 'abcdef012345');
  await ended.signal('hint', { version: 'aaaaaaaaaaaa' });
  await expect.poll(async () => (await namesOfOpenRuns(client)).runs).toBe(2);
  const both = await namesOfOpenRuns(client);
  expect([...both.names]).toEqual(expect.arrayContaining(['0123456789ab', 'abcdef012345', 'aaaaaaaaaaaa']));
  // The run's own id, which begins the keys of its jobs.
  expect(both.names).toContain(firstExecutionRunId.slice(-12));
  await ended.terminate();
  await expect.poll(async () => (await namesOfOpenRuns(client)).runs).toBe(1);
  const { names } = await namesOfOpenRuns(client);
  expect([names.has('0123456789ab'), names.has('abcdef012345')]).toEqual([true, false]);
});
