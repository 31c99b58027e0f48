import { execFile, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, readdir, rename, rm } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { TestWorkflowEnvironment } from '@temporalio/testing';
import type { Paths } from '../../configs/paths.ts';
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
  /** Aborting it ends the build under way. */
  signal?: AbortSignal;
  /** Fetches a server into a folder; returns why it could not. The SDK's download, except in tests. */
  download?: (folder: string) => Promise<string | undefined>;
}

/**
 * Finds a Temporal server or a CLI that can start one, in this order: TEMPORAL_ADDRESS, `temporal` on PATH, the cached binary,
 * the SDK's download, `go install` of the official CLI.
 * @throws Error that lists why each way failed, and what to install
 */
export async function findTemporal(options: SearchOptions): Promise<TemporalSearch> {
  const { env, home, say, signal, download = downloadWithSdk } = options;
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
  if (onPath.file !== undefined) return found(onPath.file, `started by ${onPath.file} on PATH`);
  skipped.push(onPath.reason);

  const folder = join(home, 'temporal');
  await mkdir(folder, { recursive: true });
  const cached = join(folder, `temporal-${CLI_VERSION}`);
  const downloaded = join(folder, 'download');
  const broken: string[] = [];
  for (const binary of [cached, await onlyFile(downloaded)]) {
    if (!binary || !existsSync(binary)) continue;
    if (await runs(binary)) return found(binary, `started by the cached ${binary}`);
    broken.push(binary);
  }
  skipped.push(broken.length > 0 ? `the cached ${broken.join(' and ')} does not run` : 'none cached');

  say('Temporal: downloading the server (once; it is cached) ...');
  const failure = await download(downloaded);
  const binary = await onlyFile(downloaded);
  if (!failure && binary) return found(binary, 'just downloaded');
  skipped.push(`download failed: ${failure ?? 'no file arrived'}`);

  const go = await findOnPath('go', env);
  if (go.file !== undefined) {
    say(`Temporal: building the official CLI ${CLI_VERSION} with go install (once, 3 to 8 minutes; it is cached) ...`);
    const failed = await goInstall({ go: go.file, folder, cached, env, say, signal });
    if (failed === undefined) return found(cached, 'just built with go install');
    skipped.push(failed);
  } else {
    skipped.push(go.reason);
  }
  throw new Error(
    `No Temporal server could be found or started:\n  - ${skipped.join('\n  - ')}\n` +
      'Install the Temporal CLI (https://docs.temporal.io/cli) or Go, or set TEMPORAL_ADDRESS to a server that runs.',
  );
}

/**
 * What every server is told that is started here. By itself its one shard looks for work 20 times a second at most: each step of
 * each run would wait 50 ms for its turn.
 */
export const SERVER_ARGS: readonly string[] = ['transfer', 'timer', 'visibility'].flatMap((queue) => [
  '--dynamic-config-value',
  `history.${queue}ProcessorMaxPollRPS=10000`,
]);

/** The embedded server's command line: data kept in one file, loopback only. */
export function temporalServerCommand(options: { executable: string; paths: Paths; ports: Ports }): {
  command: string;
  args: string[];
} {
  const { executable, paths, ports } = options;
  const args = ['server', 'start-dev', '--ip', '127.0.0.1', '--port', String(ports.temporal)];
  args.push('--ui-port', String(ports.temporalUi), '--db-filename', paths.temporalDatabase, '--log-level', 'error');
  return { command: executable, args: [...args, ...SERVER_ARGS] };
}

async function findOnPath(
  name: 'temporal' | 'go',
  env: NodeJS.ProcessEnv,
): Promise<{ file: string } | { file?: undefined; reason: string }> {
  const broken: string[] = [];
  for (const folder of (env.PATH ?? '').split(delimiter)) {
    const file = join(folder, name);
    if (!folder || !existsSync(file)) continue;
    if (await runs(file, name === 'go' ? 'version' : '--version')) return { file };
    broken.push(file);
  }
  return { reason: broken.length > 0 ? `${broken.join(' and ')} on PATH does not run` : `no ${name} on PATH` };
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
async function downloadWithSdk(folder: string): Promise<string | undefined> {
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

/** Builds the official CLI into the cache. Returns why it could not, with the build's last lines. */
async function goInstall(options: {
  go: string;
  folder: string;
  cached: string;
  env: NodeJS.ProcessEnv;
  say: (message: string) => void;
  signal?: AbortSignal;
}): Promise<string | undefined> {
  const { go, folder, cached, env, say, signal } = options;
  const bin = join(folder, `building-${process.pid}`);
  // Without symbols for a debugger, which nobody uses here, the build is faster and the file smaller.
  const child = spawn(go, ['install', '-ldflags=-s -w', '-gcflags=all=-dwarf=false', CLI_MODULE], {
    env: { ...env, GOBIN: bin, CGO_ENABLED: '0' },
    stdio: ['ignore', 'ignore', 'pipe'],
    signal,
  });
  child.once('error', () => {}); // Aborted: 'close' follows with no code.
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
    signal?.throwIfAborted();
    const lines = last.slice(-10).map((line) => `      | ${line}`);
    return [`go install ${CLI_MODULE} failed (exit code ${code}):`, ...lines].join('\n');
  }
  await rename(join(bin, 'temporal'), cached);
  await rm(bin, { recursive: true, force: true });
  return undefined;
}
