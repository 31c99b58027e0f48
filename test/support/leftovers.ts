import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

/**
 * What tests started ends with them, however they end: Ctrl-C, kill -9, a test that forgot. Each process inherits a mark in its
 * environment. A process of its own waits until the pipe from the one that runs the tests is closed, and ends what bears the mark.
 */

export const MARK = 'WHETSTONE_TEST_RUN';

const GRACE_MS = 5_000;

/** Marks what this process starts from now on, and sees to its end. A second call changes nothing: each vitest project makes one. */
export function endWhatIsLeft(): void {
  const { [MARK]: marked, ...env } = process.env;
  if (marked?.startsWith(`${process.pid}-`)) return;
  const mark = `${process.pid}-${Date.now()}`;
  const watcher = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', import.meta.filename, mark], {
    stdio: ['pipe', 'ignore', 'ignore'],
    // Unmarked, or another one would end it.
    env,
    // Ctrl-C in the terminal must not reach it.
    detached: true,
  });
  watcher.unref();
  (watcher.stdin as unknown as { unref: () => void }).unref();
  process.env[MARK] = mark;
}

/** Processes that bear the mark, by what their environment was when they started. */
function bearersOf(mark: string): number[] {
  const sought = `${MARK}=${mark}`;
  if (process.platform !== 'linux') {
    return execFileSync('ps', ['-axEww', '-o', 'pid=,command='], { encoding: 'utf8', maxBuffer: 2 ** 26 })
      .split('\n')
      .filter((line) => line.split(' ').includes(sought))
      .map((line) => Number.parseInt(line, 10));
  }
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && environmentOf(name).includes(sought))
    .map(Number);
}

function environmentOf(pid: string): string[] {
  try {
    return readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0');
  } catch {
    return []; // It is gone, or somebody else's.
  }
}

function signal(pids: readonly number[], name: NodeJS.Signals): void {
  for (const pid of pids) {
    try {
      process.kill(pid, name);
    } catch {
      // It has ended meanwhile.
    }
  }
}

async function endMarked(mark: string): Promise<void> {
  signal(bearersOf(mark), 'SIGTERM');
  for (const until = Date.now() + GRACE_MS; Date.now() < until; await sleep(100))
    if (bearersOf(mark).length === 0) return;
  // What starts others is ended with them, in more than one look.
  for (let pids = bearersOf(mark), looks = 0; pids.length > 0 && looks < 20; pids = bearersOf(mark), looks++) {
    signal(pids, 'SIGKILL');
    await sleep(50);
  }
}

if (import.meta.main) {
  process.stdin.resume();
  await once(process.stdin, 'end');
  await endMarked(process.argv[2] ?? '');
}
