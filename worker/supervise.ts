import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { processStartTime, signalGroup, stopGroup, type ProcessIdentity } from '../providers/process-identity.ts';

/** A process that must keep running: started, watched, restarted, and ended with all its children. */
export interface ProcessSpec {
  name: string;
  command: string;
  args: string[];
  env?: NodeJS.ProcessEnv;
  /** Resolves true once the process answers. */
  ready: () => Promise<boolean>;
  readyTimeoutMs: number;
  /** How long it may take to drain after SIGTERM. */
  graceMs: number;
}

export interface SupervisorOptions {
  /** Folder of the records that let the next start reap what this one left behind. */
  recordsDir: string;
  logsDir: string;
  say: (message: string) => void;
}

interface Supervised {
  spec: ProcessSpec;
  child?: ChildProcess;
  identity?: ProcessIdentity;
  /** Start times of the last restarts, to give up on a process that keeps dying. */
  restartsAtMs: number[];
}

const GIVE_UP_AFTER = 5;
const GIVE_UP_WITHIN_MS = 60_000;

export class Supervisor {
  readonly #options: SupervisorOptions;
  readonly #running: Supervised[] = [];
  #stopping = false;
  #failed: (error: Error) => void = () => {};
  /** Rejects when a process dies again and again, with the end of its log. */
  readonly failure: Promise<never>;

  constructor(options: SupervisorOptions) {
    this.#options = options;
    mkdirSync(options.recordsDir, { recursive: true });
    mkdirSync(options.logsDir, { recursive: true });
    this.failure = new Promise((_resolve, reject) => (this.#failed = reject));
    this.failure.catch(() => {}); // Whoever waits for it handles it; nobody has to wait.
  }

  /** Ends the processes that a killed start left behind. Returns their names. */
  async reap(): Promise<string[]> {
    const reaped: string[] = [];
    for (const file of readdirSync(this.#options.recordsDir)) {
      const path = join(this.#options.recordsDir, file);
      const record = parseRecord(path);
      // Signal 0 only asks: members of a group may outlive their leader.
      if (record && (await signalGroup(record, 0))) {
        await stopGroup(record, 5_000);
        reaped.push(file.replace(/\.json$/, ''));
      }
      rmSync(path, { force: true });
    }
    return reaped;
  }

  /** Starts a process and waits until it is ready. @throws Error with the end of its log when it is not */
  async start(spec: ProcessSpec): Promise<void> {
    const supervised: Supervised = { spec, restartsAtMs: [] };
    this.#running.push(supervised);
    await this.#spawn(supervised);
    const deadline = Date.now() + spec.readyTimeoutMs;
    while (!this.#stopping) {
      if (await spec.ready().catch(() => false)) return;
      const exited = supervised.child?.exitCode;
      if (exited !== null && exited !== undefined && exited !== 0) {
        throw new Error(`${spec.name} stopped at once (exit code ${exited}):\n${this.#logTail(spec.name)}`);
      }
      if (Date.now() > deadline) {
        throw new Error(
          `${spec.name} was not ready after ${spec.readyTimeoutMs / 1000} s:\n${this.#logTail(spec.name)}`,
        );
      }
      await sleep(100);
    }
  }

  /** Ends every process in the reverse order of starting, each with its own grace. */
  async stop(): Promise<void> {
    this.#stopping = true;
    for (const { spec, identity } of this.#running.toReversed()) {
      if (identity) await stopGroup(identity, spec.graceMs);
      rmSync(this.#record(spec.name), { force: true });
    }
    this.#running.length = 0;
  }

  async #spawn(supervised: Supervised): Promise<void> {
    const { spec } = supervised;
    const log = openSync(join(this.#options.logsDir, `${spec.name}.log`), 'a');
    // Its own process group: Ctrl-C in the terminal must not reach it before it has been asked to drain.
    const child = spawn(spec.command, spec.args, {
      env: { ...process.env, ...spec.env },
      stdio: ['ignore', log, log],
      detached: true,
    });
    closeSync(log);
    supervised.child = child;
    child.once('error', (cause) =>
      this.#failed(new Error(`${spec.name} could not be started: ${cause.message}`, { cause })),
    );
    child.once('exit', (code, signal) => void this.#exited(supervised, code, signal));
    if (child.pid === undefined) return;
    const startTime = await processStartTime(child.pid);
    if (startTime === undefined) return; // Gone already: 'exit' tells why.
    supervised.identity = { pid: child.pid, startTime };
    writeFileSync(this.#record(spec.name), JSON.stringify(supervised.identity));
  }

  async #exited(supervised: Supervised, code: number | null, signal: NodeJS.Signals | null): Promise<void> {
    if (this.#stopping) return;
    const { spec } = supervised;
    // The leader is gone; what it had started must not live on beside its successor.
    if (supervised.identity) await stopGroup(supervised.identity, 200);
    const nowMs = Date.now();
    supervised.restartsAtMs = [...supervised.restartsAtMs.filter((at) => nowMs - at < GIVE_UP_WITHIN_MS), nowMs];
    if (supervised.restartsAtMs.length >= GIVE_UP_AFTER) {
      this.#failed(new Error(`${spec.name} died ${GIVE_UP_AFTER} times within a minute:\n${this.#logTail(spec.name)}`));
      return;
    }
    this.#options.say(`${spec.name} ended (${signal ?? `exit code ${code}`}); starting it again`);
    await sleep(250 * 2 ** (supervised.restartsAtMs.length - 1));
    if (!this.#stopping) await this.#spawn(supervised);
  }

  #record(name: string): string {
    return join(this.#options.recordsDir, `${name}.json`);
  }

  #logTail(name: string): string {
    const file = join(this.#options.logsDir, `${name}.log`);
    const lines = readFileSync(file, 'utf8').trimEnd().split('\n').slice(-15);
    return `${lines.map((line) => `  | ${line}`).join('\n')}\n  (whole log: ${file})`;
  }
}

function parseRecord(path: string): ProcessIdentity | undefined {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as ProcessIdentity;
  } catch {
    return undefined; // Half-written by a killed start: it names nobody.
  }
}
