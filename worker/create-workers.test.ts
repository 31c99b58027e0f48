import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { resolvePaths } from '../configs/paths.ts';
import type { QueueName } from '../contract/queues.ts';
import { startTestServer } from '../test/support/temporal.ts';
import { createWorkers } from './create-workers.ts';

let temporal: TestWorkflowEnvironment;
beforeAll(async () => void (temporal = await startTestServer()), 60_000);
afterAll(() => temporal?.teardown());

/** What a machine has when nobody gave it anything: no database, no keys, no Python, no model server. */
function bareMachine() {
  const root = mkdtempSync(join(tmpdir(), 'whetstone-workers-'));
  onTestFinished(() => rmSync(root, { recursive: true, force: true }));
  const state = join(root, 'state');
  return { state, env: { WHETSTONE_STATE: state, WHETSTONE_HOME: join(root, 'home'), PATH: process.env.PATH } };
}

/** The task queues that a worker of these queues serves; it runs for a moment. */
const served = async (queues: QueueName[], env: NodeJS.ProcessEnv) => Object.keys(await activitiesOf(queues, env));

/** The same, with the activities of each. */
async function activitiesOf(queues: QueueName[], env: NodeJS.ProcessEnv): Promise<Record<string, string[]>> {
  const { nativeConnection: connection } = temporal;
  const paths = resolvePaths(env);
  const say = () => {};
  const { workers, close } = await createWorkers({ connection, namespace: 'default', env, paths, queues, say });
  try {
    for (const worker of workers) await worker.runUntil(async () => {});
    return Object.fromEntries(workers.map(({ options }) => [options.taskQueue, [...options.activities.keys()]]));
  } finally {
    await close();
  }
}

const UNREACHABLE = 'postgres://nobody@127.0.0.1:1/none';

describe('a worker', () => {
  it('of training needs no database and no key, and listens to its own queue as well', async () => {
    const { env, state } = bareMachine();
    const queues = await served(['training'], { ...env, DATABASE_URL: UNREACHABLE, WHETSTONE_PYTHON: 'python3' });
    expect(queues).toEqual(['whetstone-training', expect.stringMatching(/^whetstone-training@.+-[0-9a-f]{8}$/)]);
    expect(existsSync(join(state, 'ledger.db'))).toBe(false);
  });

  it('of generation needs neither Python nor a model server nor the registry', async () => {
    const { env, state } = bareMachine();
    expect(await served(['generation'], { ...env, WHETSTONE_PYTHON: '/no/python' })).toEqual(['whetstone-generation']);
    expect(existsSync(join(state, 'registry.db'))).toBe(false);
  });

  it('of evaluation needs no registry, and says that it has no model server', async () => {
    const { env, state } = bareMachine();
    await expect(served(['evaluation'], env)).rejects.toThrow(/^WHETSTONE_MODEL_SERVER is not set/);
    const WHETSTONE_MODEL_SERVER = 'http://127.0.0.1:9';
    expect(await served(['evaluation'], { ...env, WHETSTONE_MODEL_SERVER })).toEqual(['whetstone-evaluation']);
    expect(existsSync(join(state, 'registry.db'))).toBe(false);
  });

  it('of control needs no Python or model server', async () => {
    const { env } = bareMachine();
    expect(await served(['control'], { ...env, WHETSTONE_HOME: resolvePaths({}).home })).toEqual(['whetstone']);
  });

  it('has the activities of its queues alone, but on the task queue of before those of its whole process', async () => {
    const { env } = bareMachine();
    const home = { ...env, WHETSTONE_HOME: resolvePaths({}).home };
    const { whetstone: alone = [] } = await activitiesOf(['control'], home);
    expect(alone).toContain('decideGate');
    expect(alone).not.toContain('makeExamples');
    const both = await activitiesOf(['control', 'generation'], home);
    expect(both['whetstone-generation']).toContain('makeExamples');
    expect(both['whetstone-generation']).not.toContain('decideGate');
    // Runs of before there were four queues wait here.
    expect(both.whetstone?.toSorted()).toEqual([...alone, ...(both['whetstone-generation'] ?? [])].sort());
  });

  it('is refused with a setting that can not be', async () => {
    const { env } = bareMachine();
    const odd = { ...env, WHETSTONE_PYTHON: 'python3', WHETSTONE_MACHINE_LOST_MS: '0' };
    await expect(served(['training'], odd)).rejects.toThrow("WHETSTONE_MACHINE_LOST_MS: found '0'");
    await expect(served(['training'], { ...env, WHETSTONE_PYTHON: '/no/python' })).rejects.toThrow('WHETSTONE_PYTHON');
  });
});
