import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { withFolderLock } from '../../common/folder-lock.ts';
import { sha256Of } from '../../common/hash.ts';
import { resolvePaths } from '../../configs/paths.ts';

/** A real MLflow server, in a Python environment of its own that is made once and kept. */

const VERSION = '3.18.0';
const run = promisify(execFile);

/** The Python that has MLflow; undefined where no package index can be reached. @throws Error where it can, and MLflow can't be had */
export async function findMlflow(): Promise<string | undefined> {
  const requirements = join(import.meta.dirname, 'mlflow-requirements.txt');
  const { home } = resolvePaths(process.env);
  const folder = join(home, `mlflow-${sha256Of(VERSION + (await readFile(requirements, 'utf8'))).slice(0, 12)}`);
  const python = join(folder, 'bin', 'python');
  const complete = join(folder, 'complete');
  if (existsSync(complete)) return python;
  await mkdir(home, { recursive: true });
  try {
    await withFolderLock(
      `${folder}.lock`,
      async () => {
        if (existsSync(complete)) return;
        console.log(`MLflow ${VERSION}: making an environment for its server (once, a minute or two) in ${folder}`);
        await rm(folder, { recursive: true, force: true });
        await run(process.env.WHETSTONE_PYTHON ?? 'python3', ['-m', 'venv', folder]);
        const pip = ['-m', 'pip', 'install', '--disable-pip-version-check', '--no-input', '--quiet', '--retries', '1'];
        await run(python, [...pip, '--no-deps', `mlflow==${VERSION}`]);
        await run(python, [...pip, '-r', requirements]);
        await writeFile(complete, `${new Date().toISOString()}\n`);
      },
      30 * 60_000,
    );
  } catch (error) {
    const said = `${String((error as { stderr?: string }).stderr ?? '')}`;
    if (!/Connection|timed out|Temporary failure|Network is unreachable|ProxyError/i.test(said)) throw error;
    if (process.env.CI) throw new Error(`MLflow could not be had: ${said.slice(-500)}`, { cause: error });
    console.warn(`no MLflow to test against: ${said.slice(-300)}`);
    return undefined;
  }
  return python;
}

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
