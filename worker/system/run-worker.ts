import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import type { Paths } from '../../configs/paths.ts';
import type { QueueName } from '../../contract/queues.ts';
import { readRunning } from '../../operations/connection.ts';
import { RequestError } from '../../common/errors.ts';
import { modelServerProcess, modelServerUrl } from './model-server-process.ts';
import { requireOnly } from './only-one.ts';
import { readPorts, requireFreePort } from './ports.ts';
import { ensurePython } from './python.ts';
import { Supervisor } from './supervise.ts';
import { workerCommand } from './worker-command.ts';

interface WorkerHere {
  env: NodeJS.ProcessEnv;
  paths: Paths;
  queues: readonly QueueName[];
  say: (message: string) => void;
}

/**
 * A worker of some queues on this machine, with what it needs here: the Python environment, and a model server where it evaluates and was
 * told none. Runs until the worker ends; SIGTERM and Ctrl-C let it end what is under way.
 * @returns its exit code
 */
export async function runWorker({ env: given, paths, queues, say }: WorkerHere): Promise<number> {
  const abandon = new AbortController();
  let stop = () => abandon.abort(new Error('stopped before the worker had started'));
  // Ctrl-C reaches the worker by itself.
  process.on('SIGINT', () => abandon.abort(new Error('stopped before the worker had started')));
  for (const signal of ['SIGTERM', 'SIGHUP'] as const) process.on(signal, () => stop());
  const env = withRunning(given, paths, queues);
  const { projectRoot, home } = paths;
  if (needsPython(env, queues))
    env.WHETSTONE_PYTHON = await ensurePython({ env, projectRoot, home, say, signal: abandon.signal });
  const server =
    queues.includes('evaluation') && !env.WHETSTONE_MODEL_SERVER && (await serveModels({ env, paths, say }));
  try {
    abandon.signal.throwIfAborted();
    const { command, args, env: whole } = workerCommand({ env, paths, queues });
    const child = spawn(command, args, { env: whole, stdio: 'inherit' });
    stop = () => void child.kill('SIGTERM');
    say(`Serving ${queues.join(', ')} at ${env.TEMPORAL_ADDRESS} until Ctrl-C.`);
    const ended = new Promise<number>((resolve, reject) => {
      child.once('error', reject);
      child.once('exit', (code, signal) => resolve(code ?? 128 + (signal ? constants.signals[signal] : 0)));
    });
    return await Promise.race([ended, ...(server ? [server.failure] : [])]).finally(stop);
  } finally {
    if (server) await server.stop();
  }
}

/** Python runs what trains, and the model server of this machine. */
export const needsPython = (env: NodeJS.ProcessEnv, queues: readonly QueueName[]): boolean =>
  queues.includes('training') || (queues.includes('evaluation') && !env.WHETSTONE_MODEL_SERVER);

/** The environment, with what a system that runs from this state folder serves. @throws RequestError without a Temporal server */
export function withRunning(env: NodeJS.ProcessEnv, paths: Pick<Paths, 'running'>, queues: readonly QueueName[]) {
  const running = readRunning(paths.running);
  const address = env.TEMPORAL_ADDRESS ?? running?.temporalAddress;
  if (!address)
    throw new RequestError(
      `TEMPORAL_ADDRESS is not set: the Temporal server whose queues (${queues.join(', ')}) are served, such as temporal.example.com:7233`,
    );
  const modelServer = env.WHETSTONE_MODEL_SERVER ?? running?.modelServer;
  const all: NodeJS.ProcessEnv = { ...env, TEMPORAL_ADDRESS: address };
  if (modelServer) all.WHETSTONE_MODEL_SERVER = modelServer;
  return all;
}

/** A model server that is kept running beside the worker; its address goes into the environment. */
async function serveModels({ env, paths, say }: Omit<WorkerHere, 'queues'>): Promise<Supervisor> {
  await requireOnly(
    paths.workerSupervisor,
    (pid) =>
      `a worker that serves models already runs from this state folder (process ${pid}); name its model server: WHETSTONE_MODEL_SERVER=http://127.0.0.1:8090`,
  );
  const supervisor = new Supervisor({ recordsDir: paths.workerProcesses, logsDir: paths.logs, say });
  await supervisor.reap();
  const port = readPorts(env).modelServer;
  await requireFreePort('modelServer', port);
  env.WHETSTONE_MODEL_SERVER = modelServerUrl(port);
  say(`Starting the model server at ${env.WHETSTONE_MODEL_SERVER} ...`);
  await supervisor.start(modelServerProcess({ python: env.WHETSTONE_PYTHON ?? '', port, env })).catch(async (cause) => {
    await supervisor.stop();
    throw cause;
  });
  return supervisor;
}
