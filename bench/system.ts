import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Client, Connection } from '@temporalio/client';
import { resolvePaths, type Paths } from '../configs/paths.ts';
import type { RunConfigInput } from '../configs/schema.ts';
import { connectClient } from '../operations/connection.ts';
import { prepareRun } from '../operations/load-config.ts';
import { startRun } from '../operations/start-run.ts';
import { Supervisor } from '../worker/system/supervise.ts';
import { findTemporal, temporalServerCommand } from '../worker/system/temporal.ts';
import { workerCommand } from '../worker/system/worker-command.ts';
import { freePorts } from '../test/support/system.ts';
import type { DatasetBuilt } from '../contract/messages.ts';
import { TASK_QUEUES } from '../contract/queues.ts';
import { PAIRS_PER_CHUNK, PHRASINGS, writeCorpus } from './corpus.ts';
import { cpuSeconds, peakMegabytes } from './processes.ts';

/** A Temporal server and workers of the benchmarks' own: what generation needs, with nothing that trains or serves. */
export interface BenchSystem {
  paths: Paths;
  /** Below it, documents. */
  root: string;
  client: Client;
  workers: string[];
  /** CPU seconds that the workers and the Temporal server have used. */
  cpu: () => { workers: number; temporal: number };
  /** Of one worker, or the most of any. */
  peakMegabytes: (name?: string) => number;
  pidOf: (name: string) => number;
  kill: (name: string) => void;
  build: (config: RunConfigInput) => Promise<{ workflowId: string; result: () => Promise<DatasetBuilt> }>;
  close: () => Promise<void>;
}

/** @param options.envOf what a worker's environment has beside the others', such as folders of its own */
export async function startSystem(
  options: {
    workers?: number;
    env?: NodeJS.ProcessEnv;
    envOf?: (worker: { name: string; root: string }) => NodeJS.ProcessEnv;
  } = {},
): Promise<BenchSystem> {
  const root = mkdtempSync(join(tmpdir(), 'whetstone-bench-'));
  const [temporal = 0, ui = 0] = await freePorts(2);
  const env: NodeJS.ProcessEnv = {
    ...process.env,
    TEMPORAL_ADDRESS: `127.0.0.1:${temporal}`,
    WHETSTONE_EMBEDDED_TEMPORAL: '1',
    WHETSTONE_STATE: join(root, 'state'),
    WHETSTONE_DOCUMENT_ROOTS: root,
    ...options.env,
  };
  const paths = resolvePaths(env);
  mkdirSync(paths.state, { recursive: true });
  const say = (message: string) => void process.stderr.write(`${message}\n`);
  const supervisor = new Supervisor({ recordsDir: paths.processes, logsDir: paths.logs, say: () => {} });
  const { choice } = await findTemporal({
    env: { ...process.env, TEMPORAL_ADDRESS: undefined },
    home: paths.home,
    say,
  });
  if (choice.kind !== 'embedded') throw new Error('the benchmarks start their own Temporal server');
  const ports = { temporal, temporalUi: ui, gateway: 0, modelServer: 0 };
  const connected = () => connectClient(env).then(({ connection }) => connection.close().then(() => true));
  await supervisor.start({
    name: 'temporal',
    ...temporalServerCommand({ executable: choice.executable, paths, ports }),
    env,
    ready: connected,
    readyTimeoutMs: 60_000,
    graceMs: 5_000,
  });
  const { client, connection } = await connectClient(env);
  const workers = Array.from({ length: options.workers ?? 1 }, (_, i) => `worker-${i + 1}`);
  for (const [i, name] of workers.entries()) {
    await supervisor.start({
      name,
      // Nothing is trained or evaluated here.
      ...workerCommand({
        env: { ...env, ...options.envOf?.({ name, root }) },
        paths,
        queues: ['control', 'generation'],
      }),
      ready: async () => (await pollers(client, connection)) > i,
      readyTimeoutMs: 60_000,
      graceMs: 10_000,
    });
  }
  const pid = (name: string) => supervisor.pidOf(name) ?? 0;
  return {
    paths,
    root,
    client,
    workers,
    cpu: () => ({
      workers: workers.reduce((sum, name) => sum + cpuSeconds(pid(name)), 0),
      temporal: cpuSeconds(pid('temporal')),
    }),
    peakMegabytes: (name) => Math.max(...(name ? [name] : workers).map((one) => peakMegabytes(pid(one)))),
    pidOf: pid,
    kill: (name) => void process.kill(pid(name), 'SIGKILL'),
    build: async (config) => {
      const run = await prepareRun({ config: { ...config }, paths });
      const { workflowId, runId } = await startRun({ client, workflow: 'buildDataset', ...run });
      const result = () => client.workflow.getHandle(workflowId, runId).result() as Promise<DatasetBuilt>;
      return { workflowId, result };
    },
    close: async () => {
      await connection.close();
      await supervisor.stop();
      rmSync(root, { recursive: true, force: true });
    },
  };
}

async function pollers(client: Client, connection: Connection): Promise<number> {
  const { namespace } = client.options;
  const queue = { namespace, taskQueue: { name: TASK_QUEUES.control }, taskQueueType: 2 };
  return (await connection.workflowService.describeTaskQueue(queue)).pollers?.length ?? 0;
}

/** A config that generates and judges `chunks` chunks by the model at `url`: one call each, and one for each of four pairs. */
export function benchConfig(options: {
  system: Pick<BenchSystem, 'root'>;
  name: string;
  chunks: number;
  url: string;
  model?: Record<string, unknown>;
  budget?: RunConfigInput['budget'];
}): RunConfigInput {
  const { system, name, chunks, url, model = {}, budget = {} } = options;
  const documents = join(system.root, `documents-${chunks}`);
  writeCorpus(documents, chunks);
  const remote = {
    provider: 'openai' as const,
    model: 'bench',
    baseUrl: url,
    maxTokens: 256,
    concurrency: 64,
    ...model,
  };
  return {
    name,
    documents,
    budget,
    teacher: remote,
    generation: { target: chunks * PAIRS_PER_CHUNK, phrasings: PHRASINGS, surplus: 0 },
    judges: [{ judge: 'llm', rubric: 'faithfulness', model: remote }],
  };
}

export const CALLS_PER_CHUNK = 1 + PAIRS_PER_CHUNK;
/** A run asks teacher and judge one small thing each, before it begins. */
export const PROBES = 2;
