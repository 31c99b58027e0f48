import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { pythonWith } from './python-packages.ts';

/** A real MLflow server, in a Python environment of its own that is made once and kept. */

const VERSION = '3.18.0';

/** The Python that has MLflow; undefined where no package index can be reached. */
export const findMlflow = (): Promise<string | undefined> =>
  pythonWith({ name: 'mlflow', requirements: 'mlflow-requirements.txt', bare: VERSION });

export interface MlflowServer {
  url: string;
  /** As a lost server would: at once. */
  stop: () => Promise<void>;
  /** On the same port, with what it had. */
  start: () => Promise<void>;
  /** Its answer to a request. */
  ask: (method: 'GET' | 'POST', path: string, asked: Record<string, unknown>) => Promise<unknown>;
  close: () => Promise<void>;
}

export async function startMlflow(python: string, port: number): Promise<MlflowServer> {
  const folder = await mkdtemp(join(tmpdir(), 'mlflow-'));
  const url = `http://127.0.0.1:${port}`;
  let server: ChildProcess | undefined;
  const kill = () => {
    if (server?.pid !== undefined && server.exitCode === null && server.signalCode === null)
      process.kill(-server.pid, 'SIGKILL');
  };
  const start = async () => {
    const args = ['--host', '127.0.0.1', '--port', String(port), '--workers', '1'];
    const places = [
      '--backend-store-uri',
      `sqlite:///${folder}/mlflow.db`,
      '--default-artifact-root',
      join(folder, 'artifacts'),
    ];
    // Its jobs, which nothing here asks for, would need a queue of their own.
    const env = { ...process.env, MLFLOW_SERVER_ENABLE_JOB_EXECUTION: 'false', MLFLOW_DISABLE_TELEMETRY: 'true' };
    server = spawn(python, ['-m', 'mlflow', 'server', ...args, ...places], {
      cwd: folder,
      env,
      stdio: ['ignore', 'ignore', 'pipe'],
      detached: true,
    });
    let log = '';
    server.stderr?.on('data', (text: Buffer) => (log = (log + String(text)).slice(-5_000)));
    const isUp = () =>
      fetch(`${url}/health`).then(
        ({ ok }) => ok,
        () => false,
      );
    while (!(await isUp())) {
      if (server.exitCode !== null) throw new Error(`mlflow server ended: ${log}`);
      await sleep(100);
    }
  };
  const stop = async () => {
    if (!server || server.exitCode !== null || server.signalCode !== null) return;
    const ended = once(server, 'exit');
    kill();
    await ended;
  };
  await start();
  return {
    url,
    start,
    stop,
    ask: async (method, path, asked) => {
      const target = new URL(`${url}/api/2.0/mlflow/${path}`);
      if (method === 'GET')
        for (const [name, value] of Object.entries(asked)) target.searchParams.set(name, String(value));
      const headers = { 'content-type': 'application/json' };
      const response = await fetch(target, {
        method,
        headers,
        ...(method === 'POST' && { body: JSON.stringify(asked) }),
      });
      if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
      return response.json();
    },
    close: async () => {
      await stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
