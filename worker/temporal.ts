import { execFile, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, readdir, rename, rm } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { TestWorkflowEnvironment } from '@temporalio/testing';
import type { Paths } from '../configs/paths.ts';
import type { Ports } from './ports.ts';

/** The official CLI's newest version that `go install` can build: later ones have replace directives in go.mod. */
const CLI_VERSION = 'v1.5.1';
const CLI_MODULE = `github.com/temporalio/cli/cmd/temporal@${CLI_VERSION}`;

export type TemporalChoice =
  /** A server that someone else runs: TEMPORAL_ADDRESS and the SDK's environment config say how to reach it. */
  | { kind: 'external'; address: string }
  /** A CLI that starts the embedded server. */
  | { kind: 'embedded'; executable: string };

/** Why each way before the chosen one was not taken. */
export interface TemporalSearch {
  choice: TemporalChoice;
  message: string;
}

interface SearchOptions {
  env: NodeJS.ProcessEnv;
  home: string;
  /** Called with progress of long steps. */
  say: (message: string) => void;
}

/**
 * Finds a Temporal server or a CLI that can start one, in this order: TEMPORAL_ADDRESS, `temporal` on PATH, the cached binary,
 * the SDK's download, `go install` of the official CLI.
 * @throws Error that lists why each way failed, and what to install
 */
export async function findTemporal({ env, home, say }: SearchOptions): Promise<TemporalSearch> {
  if (env.TEMPORAL_ADDRESS) {
    return {
      choice: { kind: 'external', address: env.TEMPORAL_ADDRESS },
      message: `Temporal server: ${env.TEMPORAL_ADDRESS} (TEMPORAL_ADDRESS is set)`,
    };
  }
  const skipped = ['TEMPORAL_ADDRESS is not set'];
  const found = (executable: string, how: string): TemporalSearch => ({
    choice: { kind: 'embedded', executable },
    message: `Temporal server: embedded, ${how} (${skipped.join('; ')})`,
  });

  const onPath = await findOnPath('temporal', env);
  if (onPath) return found(onPath, `started by ${onPath} on PATH`);
  skipped.push('no temporal on PATH');

  const folder = join(home, 'temporal');
  await mkdir(folder, { recursive: true });
  const cached = join(folder, `temporal-${CLI_VERSION}`);
  const downloaded = join(folder, 'download');
  for (const binary of [cached, await onlyFile(downloaded)]) {
    if (binary && existsSync(binary) && (await runs(binary))) return found(binary, `started by the cached ${binary}`);
  }
  skipped.push('none cached');

  say('Temporal: downloading the server (once; it is cached) ...');
  const failure = await download(downloaded);
  const binary = await onlyFile(downloaded);
  if (!failure && binary) return found(binary, 'just downloaded');
  skipped.push(`download failed: ${failure ?? 'no file arrived'}`);

  const go = await findOnPath('go', env);
  if (go) {
    say(`Temporal: building the official CLI ${CLI_VERSION} with go install (once, 3 to 8 minutes; it is cached) ...`);
    await goInstall({ go, folder, cached, env, say });
    return found(cached, 'just built with go install');
  }
  throw new Error(
    `No Temporal server could be found or started:\n  - ${skipped.join('\n  - ')}\n  - no go on PATH\n` +
      'Install the Temporal CLI (https://docs.temporal.io/cli) or Go, or set TEMPORAL_ADDRESS to a server that runs.',
  );
}

/** The embedded server's command line: data kept in one file, loopback only. */
export function temporalServerCommand(options: { executable: string; paths: Paths; ports: Ports }): {
  command: string;
  args: string[];
} {
  const { executable, paths, ports } = options;
  const args = ['server', 'start-dev', '--ip', '127.0.0.1', '--port', String(ports.temporal)];
  args.push('--ui-port', String(ports.temporalUi), '--db-filename', paths.temporalDatabase, '--log-level', 'error');
  return { command: executable, args };
}

async function findOnPath(name: string, env: NodeJS.ProcessEnv): Promise<string | undefined> {
  for (const folder of (env.PATH ?? '').split(delimiter)) {
    const file = join(folder, name);
    if (folder && existsSync(file) && (await runs(file, name === 'go' ? 'version' : '--version'))) return file;
  }
  return undefined;
}

async function runs(file: string, argument = '--version'): Promise<boolean> {
  try {
    await promisify(execFile)(file, [argument], { timeout: 20_000 });
    return true;
  } catch {
    return false; // Not executable here: as good as absent.
  }
}

async function onlyFile(folder: string): Promise<string | undefined> {
  const files = await readdir(folder).catch(() => []);
  const name = files.find((file) => file.startsWith('temporal') && !file.endsWith('.downloading'));
  return name ? join(folder, name) : undefined;
}

/** Lets the SDK download its development server. Returns why it could not. */
async function download(folder: string): Promise<string | undefined> {
  await mkdir(folder, { recursive: true });
  try {
    const started = await TestWorkflowEnvironment.createLocal({
      server: { executable: { type: 'cached-download', downloadDir: folder } },
    });
    await started.teardown();
    return undefined;
  } catch (cause) {
    const message = cause instanceof Error ? cause.message : String(cause);
    return message.split(': ').at(-1);
  }
}

async function goInstall(options: {
  go: string;
  folder: string;
  cached: string;
  env: NodeJS.ProcessEnv;
  say: (message: string) => void;
}): Promise<void> {
  const { go, folder, cached, env, say } = options;
  const bin = join(folder, `building-${process.pid}`);
  const child = spawn(go, ['install', CLI_MODULE], {
    env: { ...env, GOBIN: bin },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const last: string[] = [];
  let downloads = 0;
  createInterface({ input: child.stderr }).on('line', (line) => {
    last.push(line);
    if (line.startsWith('go: downloading') && ++downloads % 25 === 0)
      say(`Temporal: ${downloads} modules downloaded ...`);
  });
  const startedMs = Date.now();
  const ticker = setInterval(
    () => say(`Temporal: building, ${Math.round((Date.now() - startedMs) / 1000)} s ...`),
    30_000,
  );
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
  clearInterval(ticker);
  if (code !== 0) {
    await rm(bin, { recursive: true, force: true });
    throw new Error(`go install ${CLI_MODULE} failed (exit code ${code}):\n${last.slice(-10).join('\n')}`);
  }
  await rename(join(bin, 'temporal'), cached);
  await rm(bin, { recursive: true, force: true });
}
