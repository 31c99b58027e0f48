import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Client, Connection } from '@temporalio/client';
import { knownNames } from '../../evaluation/known-names.ts';
import { loadRunConfig, loadStages } from '../../configs/load.ts';
import { resolvePaths, type Paths } from '../../configs/paths.ts';
import type { RunConfigInput } from '../../configs/schema.ts';
import { createBuiltinTeacher } from '../../teacher/model.ts';
import type { ProcessIdentity } from '../../common/process-identity.ts';
import type { ChatMessage } from '../../contract/ports.ts';
import { connectClient } from '../../operations/connection.ts';
import { openRegistry } from '../../registry/open.ts';
import { startSystem, type StartedSystem } from '../../worker/system/start.ts';
import { startRun } from '../../operations/start-run.ts';
import type { ImproveResult, PromoteOutcome } from '../../contract/messages.ts';
import { pollTrlJob } from '../../providers/training/trl-job.ts';
import { startFakeOpenAi, type FakeCompletionRequest, type FakeServer } from '../fakes/openai-server.ts';

/** A whole Whetstone of its own: real server, worker, model server and gateway, on free ports, with its own state. */
export interface TestSystem extends StartedSystem {
  paths: Paths;
  client: Client;
  /** A folder below which documents may lie. */
  documents: string;
  /** Runs that are awaited. */
  pending: Set<Promise<unknown>>;
  close(): Promise<void>;
}

export async function startTestSystem(more: NodeJS.ProcessEnv = {}): Promise<TestSystem> {
  const root = mkdtempSync(join(tmpdir(), 'whetstone-system-'));
  const documents = join(root, 'documents');
  mkdirSync(documents);
  const [temporal, ui, gateway, model] = await freePorts(4);
  const env = {
    ...process.env,
    TEMPORAL_ADDRESS: undefined,
    WHETSTONE_STATE: join(root, 'state'),
    WHETSTONE_DOCUMENT_ROOTS: root,
    WHETSTONE_TEMPORAL_PORT: String(temporal),
    WHETSTONE_TEMPORAL_UI_PORT: String(ui),
    WHETSTONE_GATEWAY_PORT: String(gateway),
    WHETSTONE_MODEL_PORT: String(model),
    ...more,
  };
  const paths = resolvePaths(env);
  const system = await startSystem({ env, paths, say: () => {} });
  const { client, connection } = await connectClient(system.env);
  const pending = new Set<Promise<unknown>>();
  return { ...system, paths, client, documents, pending, close: () => close({ system, connection, root, pending }) };
}

async function close(options: {
  system: StartedSystem;
  connection: Connection;
  root: string;
  pending: Set<Promise<unknown>>;
}): Promise<void> {
  // A failed test leaves calls pending, and closing their connection would crash the process.
  if (options.pending.size === 0) await options.connection.close();
  await options.system.stop();
  rmSync(options.root, { recursive: true, force: true });
}

export async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(
    Array.from({ length: count }, async () => {
      const server = createServer();
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      return server;
    }),
  );
  const ports = servers.map((server) => (server.address() as AddressInfo).port);
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}

/** Copies sample articles into the system's documents. */
export function copyArticles(
  system: Pick<TestSystem, 'documents'> & { paths: Pick<Paths, 'projectRoot'> },
  names: readonly string[],
): void {
  for (const name of names) {
    const file = `${name}.md`;
    cpSync(
      join(system.paths.projectRoot, 'datasets/samples/womens-health/articles', file),
      join(system.documents, file),
    );
  }
}

export interface Run {
  workflowId: string;
  runId: string;
  /** Resolves with the result, and with the promotion's outcome where one was started. */
  ended: Promise<{ result: ImproveResult; promotion: PromoteOutcome | null }>;
}

/** Starts a run of a config given as an object, as the Temporal UI would. */
export async function startConfig(
  system: Pick<TestSystem, 'client' | 'pending'> & { paths: Pick<Paths, 'projectRoot'> },
  config: RunConfigInput,
): Promise<Run> {
  const { client, paths } = system;
  const known = knownNames(await loadStages(paths.projectRoot));
  const loaded = await loadRunConfig({ config: { ...config }, projectRoot: paths.projectRoot, known });
  const { workflowId, runId } = await startRun({
    client,
    workflow: 'improveModel',
    loaded,
    input: { config: { ...config } },
  });
  const end = async () => {
    const result = (await client.workflow.getHandle(workflowId, runId).result()) as ImproveResult;
    const promotion =
      result.promotion && ((await client.workflow.getHandle(result.promotion.workflowId).result()) as PromoteOutcome);
    return { result, promotion };
  };
  const ended = end().finally(() => system.pending.delete(ended));
  system.pending.add(ended);
  ended.catch(() => {}); // Awaited by the test; a failure before that is not an unhandled one.
  return { workflowId, runId, ended };
}

/**
 * Share of the running training job that is done; undefined while it is not running. By the trainer's log, which has each step as soon as
 * it is done: few steps may lie between two heartbeats.
 * @throws what the run failed with, where it is over: else it would show as a stage that never comes
 */
export async function trainingShare(system: TestSystem, run: Run): Promise<number | undefined> {
  const { status } = await system.client.workflow.getHandle(run.workflowId, run.runId).describe();
  if (status.name !== 'RUNNING') await run.ended;
  return trainerShare(system, run);
}

/** Polls until `share` lies between 20% and 80%, and returns it. @throws when it passes 80% unseen or never comes */
export async function untilMidway(share: () => Promise<number | undefined>): Promise<number> {
  for (const deadline = Date.now() + 180_000; Date.now() < deadline; await sleep(50)) {
    const now = await share();
    if (now === undefined || now < 0.2) continue;
    if (now > 0.8)
      throw new Error(`the stage was ${Math.round(now * 100)}% done before it could be killed; make it longer`);
    return now;
  }
  throw new Error('the stage never came to 20%');
}

/** kill -9 of one of the system's processes: the whole group, as a crash of the machine would end it. */
export function kill9(system: TestSystem, name: 'worker' | 'temporal' | 'model-server' | 'gateway'): void {
  const { pid } = JSON.parse(readFileSync(join(system.paths.processes, `${name}.json`), 'utf8')) as ProcessIdentity;
  process.kill(-pid, 'SIGKILL');
}

/** As `trainingShare`, from the trainer's own log: it needs neither worker nor server. */
export async function trainerShare({ paths }: TestSystem, run: Run): Promise<number | undefined> {
  const key = `${run.runId}-tuned`;
  const status = await pollTrlJob({ key, location: join(paths.training, key) }, 0).catch(() => undefined);
  return status?.status === 'running' ? status.step / status.totalSteps : undefined;
}

/** What a run left behind that must not depend on crashes. */
export async function outcomeOf(system: TestSystem, run: Run) {
  const { result, promotion } = await run.ended;
  const { registry, close: closeRegistry } = await openRegistry({ url: system.paths.registry });
  try {
    const models = await registry.models();
    const known = models.some(({ name }) => name === result.model);
    return {
      dataset: result.dataset.sha256,
      weights: result.candidates.map(({ modelSha256 }) => modelSha256),
      decision: result.gate.decision,
      reasons: result.gate.reasons,
      promotion: promotion?.status ?? 'none',
      versions: known
        ? (await registry.listVersions(result.model)).map(({ version, candidate }) => `${version} ${candidate}`)
        : [],
      moves: known ? (await registry.history(result.model)).map(({ kind, toVersion }) => `${kind} ${toVersion}`) : [],
      trainings: startsOf(system, run).length,
    };
  } finally {
    await closeRegistry();
  }
}

/** Each start of a training process for the run's candidate, with the step it went on from. */
export function startsOf(system: TestSystem, run: Run): { startStep: number }[] {
  const folder = join(system.paths.training, `${run.runId}-tuned`);
  return readFileSync(join(folder, 'starts.jsonl'), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { startStep: number });
}

/** The training process of a run. */
export function trainerOf(system: TestSystem, run: Run): ProcessIdentity {
  const { pid, startTime } = JSON.parse(
    readFileSync(join(system.paths.training, `${run.runId}-tuned`, 'run.json'), 'utf8'),
  ) as ProcessIdentity;
  return { pid, startTime };
}

/** A teacher behind the real protocol that writes what the built-in one would, after a while. */
export function startSlowTeacher(latencyMs: number): Promise<FakeServer> {
  const builtin = createBuiltinTeacher();
  const answer = async ({ messages }: FakeCompletionRequest) =>
    (await builtin.chat({ messages: messages as ChatMessage[] })).text;
  return startFakeOpenAi({ latencyMs, answer });
}
