import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client, Connection } from '@temporalio/client';
import { loadClientConnectConfig } from '@temporalio/envconfig';
import proto from '@temporalio/proto';
import { NativeConnection } from '@temporalio/worker';
import { RequestError } from '../common/errors.ts';
import type { Paths } from '../configs/paths.ts';
import { TASK_QUEUES } from '../contract/queues.ts';

/** Addresses of a system that runs, written by `npm start` for the CLI. */
export interface RunningSystem {
  pid: number;
  temporalAddress: string;
  namespace: string;
  temporalUi: string;
  gateway: string;
  modelServer: string;
}

/** Reads what `npm start` wrote, or undefined when nothing was started from this checkout. */
export function readRunning(file: string): RunningSystem | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as RunningSystem;
  } catch {
    return undefined;
  }
}

/** How to reach Temporal: the SDK's environment config (TEMPORAL_ADDRESS, TLS, API key, namespace, profiles). */
export function connectConfig(env: NodeJS.ProcessEnv) {
  const { connectionOptions, namespace } = loadClientConnectConfig({ overrideEnvVars: stringsOf(env) });
  return {
    connectionOptions: { ...connectionOptions, connectTimeout: '5 seconds' as const },
    namespace: namespace ?? 'default',
  };
}

/** A client connection; close it with `connection.close()` once no call is pending. */
export async function connectClient(env: NodeJS.ProcessEnv): Promise<{ client: Client; connection: Connection }> {
  const { connectionOptions, namespace } = connectConfig(env);
  const connection = await Connection.connect(connectionOptions);
  return { client: new Client({ connection, namespace }), connection };
}

/**
 * Works with the Temporal of the system that runs: that of TEMPORAL_ADDRESS, else the one that `npm start` began here.
 * @throws RequestError that says what to start
 */
export async function withTemporal<T>(
  { env, paths }: { env: NodeJS.ProcessEnv; paths: Paths },
  work: (client: Client, running: RunningSystem | undefined) => Promise<T>,
): Promise<T> {
  const running = readRunning(paths.running);
  const address = env.TEMPORAL_ADDRESS ?? running?.temporalAddress;
  if (!address)
    throw new RequestError(
      'Whetstone does not run here. Start it with: npm start   (or set TEMPORAL_ADDRESS to its server)',
    );
  const { client, connection } = await connectClient({ ...env, TEMPORAL_ADDRESS: address }).catch((cause: unknown) => {
    throw new RequestError(
      `No Temporal server answers at ${address}. Start Whetstone with: npm start   (or correct TEMPORAL_ADDRESS)`,
      { cause },
    );
  });
  try {
    return await work(client, running);
  } finally {
    await connection.close();
  }
}

/** A worker's connection: retried for `patienceMs`, for a worker that starts before its server throws at once. */
export async function connectWorker(
  env: NodeJS.ProcessEnv,
  patienceMs: number,
): Promise<{ connection: NativeConnection; namespace: string }> {
  const { connectionOptions, namespace } = connectConfig(env);
  const { connectTimeout: _clientOnly, ...options } = connectionOptions;
  const deadline = Date.now() + patienceMs;
  for (;;) {
    try {
      return { connection: await NativeConnection.connect(options), namespace };
    } catch (cause) {
      if (Date.now() > deadline) {
        throw new Error(
          `no Temporal server at ${options.address ?? 'localhost:7233'} after ${patienceMs / 1000} s; start one, or correct TEMPORAL_ADDRESS`,
          { cause },
        );
      }
      await sleep(500);
    }
  }
}

/** True once a worker polls the task queue of workflows. */
export async function hasWorker(env: NodeJS.ProcessEnv): Promise<boolean> {
  const { client, connection } = await connectClient(env);
  try {
    const { pollers } = await client.workflowService.describeTaskQueue({
      namespace: client.options.namespace,
      taskQueue: { name: TASK_QUEUES.control },
      taskQueueType: proto.temporal.api.enums.v1.TaskQueueType.TASK_QUEUE_TYPE_WORKFLOW,
    });
    return pollers.length > 0;
  } finally {
    await connection.close();
  }
}

/** Only the variables that are set: the SDK's reader takes no undefined ones. */
function stringsOf(env: NodeJS.ProcessEnv): Record<string, string> {
  return Object.fromEntries(
    Object.entries(env).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  );
}
