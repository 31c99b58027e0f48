import { spawn, type ChildProcess } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { WorkflowHandle } from '@temporalio/client';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { ProcessIdentity } from '../common/process-identity.ts';
import { resolvePaths } from '../configs/paths.ts';
import type { ImproveResult, RunProgress } from '../contract/messages.ts';
import { connectClient, hasWorker } from '../operations/connection.ts';
import { prepareRun } from '../operations/load-config.ts';
import { startRun } from '../operations/start-run.ts';
import { runningJobs } from '../providers/training/job-folders.ts';
import { Supervisor } from '../worker/system/supervise.ts';
import { findTemporal, temporalServerCommand } from '../worker/system/temporal.ts';
import { freePorts, untilMidway } from './support/system.ts';
import { pollTrlJob } from '../providers/training/trl-job.ts';

/** Workers of single queues, each in a process of its own, as `npx whetstone worker` starts them: two of them train, on two machines. */

const root = mkdtempSync(join(tmpdir(), 'whetstone-workers-'));
const documents = join(root, 'documents');
const CLI = join(import.meta.dirname, '../bin/whetstone.mjs');
const supervisor = new Supervisor({ recordsDir: join(root, 'processes'), logsDir: join(root, 'logs'), say: () => {} });
let env: NodeJS.ProcessEnv;
let first: ChildProcess;
let lost = false;
let connected: Awaited<ReturnType<typeof connectClient>>;

const stateOf = (machine: string) => join(root, machine);
const trainingOf = (machine: string) => resolvePaths({ ...env, WHETSTONE_STATE: stateOf(machine) }).training;

/** Starts a worker on what stands for a machine: a state folder of its own. */
const startWorker = (machine: string, queue: string) =>
  supervisor.start({
    name: `${machine}-${queue}`,
    command: process.execPath,
    args: [CLI, 'worker', '--queue', queue],
    env: { ...env, WHETSTONE_STATE: stateOf(machine) },
    // Whoever comes later, its queue waits for it.
    ready: () => (queue === 'control' ? hasWorker(env) : Promise.resolve(true)),
    readyTimeoutMs: 120_000,
    graceMs: 30_000,
  });

beforeAll(async () => {
  mkdirSync(documents);
  const articles = join(import.meta.dirname, '../datasets/samples/womens-health/articles');
  for (const name of ['menstrual-cycle-basics.md', 'copper-coil.md'])
    cpSync(join(articles, name), join(documents, name));
  const [temporal = 0, temporalUi = 0, modelServer = 0] = await freePorts(3);
  env = {
    ...process.env,
    TEMPORAL_ADDRESS: `127.0.0.1:${temporal}`,
    WHETSTONE_DOCUMENT_ROOTS: root,
    WHETSTONE_ARTIFACTS: join(root, 'artifacts'),
    WHETSTONE_STATE: stateOf('main'),
    WHETSTONE_MODEL_PORT: String(modelServer),
    WHETSTONE_MACHINE_LOST_MS: '5000',
  };
  const paths = resolvePaths(env);
  mkdirSync(paths.state);
  const { choice } = await findTemporal({
    env: { ...process.env, TEMPORAL_ADDRESS: undefined },
    home: paths.home,
    say: () => {},
  });
  if (choice.kind !== 'embedded') throw new Error('expected a Temporal server that the test starts');
  const ports = { temporal, temporalUi, modelServer, gateway: 0 };
  await supervisor.start({
    name: 'temporal',
    ...temporalServerCommand({ executable: choice.executable, paths, ports }),
    env,
    ready: () => connectClient(env).then(({ connection }) => connection.close().then(() => true)),
    readyTimeoutMs: 60_000,
    graceMs: 5_000,
  });
  connected = await connectClient(env);
  for (const queue of ['control', 'generation', 'evaluation']) await startWorker('main', queue);
  // It has no database: what its environment names is not there.
  first = spawn(process.execPath, [CLI, 'worker', '--queue', 'training'], {
    env: { ...env, WHETSTONE_STATE: stateOf('first'), DATABASE_URL: 'postgres://nobody@127.0.0.1:1/none' },
    detached: true,
    stdio: 'ignore',
  });
});
afterAll(async () => {
  if (first && !lost) losePower();
  await supervisor.stop();
  await connected?.connection.close();
  rmSync(root, { recursive: true, force: true });
});

/** Ends the first machine's worker and its training process at once, each with its group. */
function losePower(): void {
  lost = true;
  process.kill(-first.pid!, 'SIGKILL');
  for (const key of existsSync(trainingOf('first')) ? readdirSync(trainingOf('first')) : []) {
    const record = join(trainingOf('first'), key, 'run.json');
    if (!existsSync(record)) continue;
    const { pid } = JSON.parse(readFileSync(record, 'utf8')) as ProcessIdentity;
    try {
      process.kill(-pid, 'SIGKILL');
    } catch {
      // It has ended.
    }
  }
}

/** Share of the candidate's training that a machine has done, while it runs there. */
async function shareOn(machine: string, handle: WorkflowHandle): Promise<number | undefined> {
  const { status } = await handle.describe();
  if (status.name !== 'RUNNING') throw new Error(`the run is over: ${status.name}`);
  const [job] = await runningJobs(trainingOf(machine));
  const now = job && (await pollTrlJob(job, 0).catch(() => undefined));
  return now?.status === 'running' ? now.step / now.totalSteps : undefined;
}

it('do a whole run between them, and another machine trains what a lost one began', async () => {
  const config = {
    name: 'apart',
    documents,
    generation: { target: 80 },
    candidates: [{ name: 'tuned', base: 'tiny-llama', maxSteps: 400 }],
    evaluation: { suites: ['test'] },
    gate: { minClusters: 5, withoutPeoplesQuestions: 'allow' },
  };
  const run = await prepareRun({ config, paths: resolvePaths(env) });
  const { client } = connected;
  const { workflowId, runId } = await startRun({ client, workflow: 'improveModel', ...run });
  const handle = client.workflow.getHandle(workflowId, runId);
  await untilMidway(() => shareOn('first', handle));

  losePower();
  await startWorker('second', 'training');

  const { candidates } = (await handle.result()) as ImproveResult;
  expect(candidates.map(({ name }) => name)).toEqual(['tuned']);
  const { warnings } = await handle.query<RunProgress>('progress');
  expect(warnings?.[0]).toMatch(/^tuned: no worker of whetstone-training@.* has answered for 5 s/);
});
