import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import type { Paths } from '../../configs/paths.ts';
import { QUEUE_NAMES } from '../../contract/queues.ts';
import { connectClient, hasWorker, type RunningSystem } from '../../operations/connection.ts';
import { prepareDatabases } from './databases.ts';
import { answers, modelServerProcess } from './model-server-process.ts';
import { requireOnly } from './only-one.ts';
import { findTemporal, temporalServerCommand } from './temporal.ts';
import { ensurePython } from './python.ts';
import { readPorts, requireFreePort } from './ports.ts';
import { Supervisor } from './supervise.ts';
import { createWaitingFor } from './waiting-for.ts';
import { nodeArgs, workerCommand } from './worker-command.ts';

/** Everything that `npm start` keeps running. */
export interface StartedSystem {
  running: RunningSystem;
  /** The environment that reaches it. */
  env: NodeJS.ProcessEnv;
  supervisor: Supervisor;
  stop(): Promise<void>;
}

/** A person who sees nothing for longer than this wonders. */
const LOOKED_EVERY_MS = 4_000;

/**
 * Starts the whole system on this machine: Temporal (unless one was given), the worker, the model server, the gateway.
 * What a killed start left behind is ended first.
 * @throws Error in words for a person: a port in use, no Python, no Temporal
 */
export async function startSystem(options: {
  env: NodeJS.ProcessEnv;
  paths: Paths;
  say: (message: string) => void;
  /** Aborted when the person changes their mind: what was started by then is stopped. */
  signal?: AbortSignal;
}): Promise<StartedSystem> {
  const { env: outer, paths, say, signal } = options;
  const ports = readPorts(outer);
  mkdirSync(paths.state, { recursive: true });
  await requireOnly(
    paths.supervisor,
    (pid) =>
      `Whetstone already runs from this checkout (process ${pid}). Use it: npx whetstone run CONFIG   (or stop it with Ctrl-C first)`,
  );
  const supervisor = new Supervisor({ recordsDir: paths.processes, logsDir: paths.logs, say });
  const reaped = await supervisor.reap();
  if (reaped.length > 0) say(`Ended what an earlier start left behind: ${reaped.join(', ')}`);

  await prepareDatabases(paths, say);

  // One builds and the other downloads: together they take little longer than one. What fails ends the other.
  const { projectRoot, home } = paths;
  const abandon = new AbortController();
  const preparing = signal ? AbortSignal.any([signal, abandon.signal]) : abandon.signal;
  const prepare = { env: outer, home, say, signal: preparing };
  const [python, { choice, message }] = await Promise.all([
    ensurePython({ ...prepare, projectRoot }),
    findTemporal(prepare),
  ]).catch((error: unknown) => {
    abandon.abort(error);
    throw error;
  });
  signal?.throwIfAborted();
  say(message);
  const embedded = choice.kind === 'embedded';
  if (embedded) {
    await requireFreePort('temporal', ports.temporal);
    await requireFreePort('temporalUi', ports.temporalUi);
  }
  await requireFreePort('gateway', ports.gateway);
  await requireFreePort('modelServer', ports.modelServer);

  const host = outer.WHETSTONE_GATEWAY_HOST;
  const gateway = `http://${host && host !== '0.0.0.0' ? host : '127.0.0.1'}:${ports.gateway}`;
  const modelServer = `http://127.0.0.1:${ports.modelServer}`;
  const env: NodeJS.ProcessEnv = {
    ...(embedded ? withoutTemporal(outer) : outer),
    TEMPORAL_ADDRESS: embedded ? `127.0.0.1:${ports.temporal}` : choice.address,
    ...(embedded && { WHETSTONE_EMBEDDED_TEMPORAL: '1' }),
    WHETSTONE_HOME: paths.home,
    WHETSTONE_STATE: paths.state,
    WHETSTONE_PYTHON: python,
    WHETSTONE_MODEL_SERVER: modelServer,
    WHETSTONE_GATEWAY_PORT: String(ports.gateway),
    WHETSTONE_GATEWAY: outer.WHETSTONE_GATEWAY ?? gateway,
  };
  const stop = async () => {
    rmSync(paths.running, { force: true });
    await supervisor.stop();
    rmSync(paths.supervisor, { force: true });
  };
  const waiting = createWaitingFor(say);
  const started = async (process: Parameters<typeof supervisor.start>[0]) => {
    waiting.add(process.name);
    await supervisor.start(process);
    waiting.done(process.name);
  };
  const start = async () => {
    if (embedded) {
      const server = temporalServerCommand({ executable: choice.executable, paths, ports });
      await started({
        name: 'temporal',
        ...server,
        env,
        ready: () => reaches(env),
        readyTimeoutMs: 60_000,
        graceMs: 5_000,
      });
    }
    await Promise.all([
      started(modelServerProcess({ python, port: ports.modelServer, env })),
      started({
        name: 'worker',
        ...workerCommand({ env, paths, queues: QUEUE_NAMES }),
        ready: () => hasWorker(env),
        readyTimeoutMs: 120_000,
        graceMs: 25_000,
      }),
      started({
        name: 'gateway',
        command: process.execPath,
        args: nodeArgs('../../serving/main.ts'),
        env,
        ready: () => answers(`${gateway}/healthz`),
        readyTimeoutMs: 30_000,
        graceMs: 10_000,
      }),
    ]);
  };
  const telling = setInterval(() => waiting.tell(), LOOKED_EVERY_MS);
  try {
    await Promise.race([start(), aborted(signal), supervisor.failure]);
  } catch (cause) {
    await stop();
    throw cause;
  } finally {
    clearInterval(telling);
  }
  const running: RunningSystem = {
    pid: process.pid,
    temporalAddress: env.TEMPORAL_ADDRESS ?? '',
    namespace: env.TEMPORAL_NAMESPACE ?? 'default',
    temporalUi: embedded ? `http://127.0.0.1:${ports.temporalUi}` : '',
    gateway,
    modelServer,
  };
  writeFileSync(paths.running, JSON.stringify(running, null, 2));
  return { running, env, supervisor, stop };
}

/** The embedded server takes no key, no TLS and one namespace: what is set for another server must not reach it. */
function withoutTemporal(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !name.startsWith('TEMPORAL_')));
}

function aborted(signal: AbortSignal | undefined): Promise<never> {
  return new Promise((_resolve, reject) => {
    signal?.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
  });
}

async function reaches(env: NodeJS.ProcessEnv): Promise<boolean> {
  const { connection } = await connectClient(env);
  await connection.close();
  return true;
}
