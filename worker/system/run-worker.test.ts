import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { resolvePaths } from '../../configs/paths.ts';
import { TASK_QUEUES } from '../../contract/queues.ts';
import { startTestServer } from '../../test/support/temporal.ts';
import { needsPython, withRunning } from './run-worker.ts';

let temporal: TestWorkflowEnvironment;
beforeAll(async () => void (temporal = await startTestServer()), 60_000);
afterAll(() => temporal?.teardown());

const { projectRoot } = resolvePaths({});

function folder(): string {
  const made = mkdtempSync(join(tmpdir(), 'whetstone-run-worker-'));
  onTestFinished(() => rmSync(made, { recursive: true, force: true }));
  return made;
}

/** `npx whetstone worker --queue generation`, once it polls. */
async function startWorker() {
  const child = spawn(
    process.execPath,
    [join(projectRoot, 'bin', 'whetstone.mjs'), 'worker', '--queue', 'generation'],
    {
      env: { ...process.env, TEMPORAL_ADDRESS: temporal.address, WHETSTONE_STATE: folder() },
      detached: true,
      stdio: ['ignore', 'ignore', 'ignore'],
    },
  );
  const ended = once(child, 'exit') as Promise<[number | null, NodeJS.Signals | null]>;
  const pollers = async () => {
    const { client } = temporal;
    const queue = {
      namespace: client.options.namespace,
      taskQueue: { name: TASK_QUEUES.generation },
      taskQueueType: 2,
    };
    const { pollers: found } = await client.workflowService.describeTaskQueue(queue);
    // Those of a worker that has ended are named for a while.
    return found.filter(({ identity }) => !seen.has(identity ?? '')).map(({ identity }) => identity ?? '');
  };
  for (let tries = 0; (await pollers()).length === 0 && tries < 1200; tries++) await sleep(50);
  for (const identity of await pollers()) seen.add(identity);
  return { pid: child.pid!, ended };
}
const seen = new Set<string>();

describe('a worker that is asked to stop', () => {
  it('ends what it does, and well, when its first process is asked', async () => {
    const { pid, ended } = await startWorker();
    process.kill(pid, 'SIGTERM');
    expect(await ended).toEqual([0, null]);
  });

  it('does so too when all of its processes are asked, as a terminal and a service manager do', async () => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) {
      const { pid, ended } = await startWorker();
      process.kill(-pid, signal);
      expect(await ended).toEqual([0, null]);
    }
  });
});

describe('where a worker works', () => {
  it('is the server that is named, else that of the system which runs from its folder, with its model server', () => {
    const running = join(folder(), 'running.json');
    expect(() => withRunning({}, { running }, ['training'])).toThrow(/^TEMPORAL_ADDRESS is not set.*training/);
    writeFileSync(running, JSON.stringify({ temporalAddress: '127.0.0.1:7000', modelServer: 'http://127.0.0.1:7001' }));
    const found = withRunning({}, { running }, ['evaluation']);
    expect(found).toEqual({ TEMPORAL_ADDRESS: '127.0.0.1:7000', WHETSTONE_MODEL_SERVER: 'http://127.0.0.1:7001' });
    const named = { TEMPORAL_ADDRESS: 'far:7233', WHETSTONE_MODEL_SERVER: 'http://far' };
    expect(withRunning(named, { running }, ['evaluation'])).toEqual(named);
  });

  it('has Python where it trains, or serves models by itself', () => {
    expect(needsPython({}, ['control', 'generation'])).toBe(false);
    expect(needsPython({}, ['evaluation'])).toBe(true);
    expect(needsPython({ WHETSTONE_MODEL_SERVER: 'http://far' }, ['evaluation'])).toBe(false);
    expect(needsPython({ WHETSTONE_MODEL_SERVER: 'http://far' }, ['training'])).toBe(true);
  });
});
