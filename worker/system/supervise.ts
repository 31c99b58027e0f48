import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, openSync, closeSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { processStartTime, stopGroup, type ProcessIdentity } from '../../common/process-identity.ts';
import { logTail } from './log-tail.ts';
import { reapRecords } from './process-records.ts';

/** A process that must keep running: started, watched, restarted, and ended with all its children. */
export interface ProcessSpec {
  name: string;
  command: string;
  args: string[];
  /** The whole environment; this process's own when left out. */
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
  /** Wait before the first restart; doubled for each further one within a minute. */
  restartDelayMs?: number;
}

interface Supervised {
  spec: ProcessSpec;
  child?: ChildProcess;
  identity?: ProcessIdentity;
  /** Why it could not even be spawned. */
  unstartable?: Error;
  /** It has answered once: from then on it is restarted when it ends. */
  wasReady: boolean;
  /** Settles when no spawn or restart is under way: who stops must wait for it, or would miss its child. */
  spawning: Promise<void>;
  /** Start times of the last restarts, to give up on a process that keeps dying. */
  restartsAtMs: number[];
}

const GIVE_UP_AFTER = 5;
const GIVE_UP_WITHIN_MS = 60_000;

export class Supervisor {
  readonly #options: SupervisorOptions;
  readonly #running: Supervised[] = [];
  #stopping = false;
  readonly #stopped = new AbortController();
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
    return reapRecords(this.#options.recordsDir);
  }

  /** The process that runs under a name now. */
  pidOf(name: string): number | undefined {
    return this.#running.find(({ spec }) => spec.name === name)?.identity?.pid;
  }

  /** Starts a process and waits until it is ready. @throws Error with the end of its log when it is not, or after `stop` */
  async start(spec: ProcessSpec): Promise<void> {
    const supervised: Supervised = { spec, restartsAtMs: [], wasReady: false, spawning: Promise.resolve() };
    this.#running.push(supervised);
    await this.#queue(supervised, () => this.#spawn(supervised));
    const deadline = Date.now() + spec.readyTimeoutMs;
    while (!this.#stopping) {
      const { child, unstartable } = supervised;
      if (unstartable) throw unstartable;
      const isReady = await spec.ready().catch(() => false);
      // Asked last: what answered may have been a stranger, or have ended since.
      const ended = child && endOf(child);
      if (ended) throw new Error(`${spec.name} stopped at once (${ended}):\n${this.#logTail(spec.name)}`);
      if (isReady) {
        supervised.wasReady = true;
        return;
      }
      if (Date.now() > deadline) {
        throw new Error(
          `${spec.name} was not ready after ${spec.readyTimeoutMs / 1000} s:\n${this.#logTail(spec.name)}`,
        );
      }
      await sleep(100);
    }
    throw new Error(`${spec.name} was not started: everything is being stopped`);
  }

  /** Ends every process in the reverse order of starting, each with its own grace. */
  async stop(): Promise<void> {
    this.#stopping = true;
    this.#stopped.abort();
    for (const supervised of this.#running.toReversed()) {
      await supervised.spawning; // A child that is being made has no identity yet.
      const { spec, identity } = supervised;
      if (identity) await stopGroup(identity, spec.graceMs);
      rmSync(this.#record(spec.name), { force: true });
    }
    this.#running.length = 0;
  }

  /** One spawn or restart of a process after the other; one that fails is final. */
  async #queue(supervised: Supervised, work: () => Promise<void>): Promise<void> {
    supervised.spawning = supervised.spawning.then(work).catch((cause: unknown) => {
      const why = cause instanceof Error ? cause.message : String(cause);
      supervised.unstartable = new Error(`${supervised.spec.name} could not be started: ${why}`, { cause });
      this.#failed(supervised.unstartable);
    });
    await supervised.spawning;
  }

  async #spawn(supervised: Supervised): Promise<void> {
    if (this.#stopping) return;
    const { spec } = supervised;
    const log = openSync(this.#log(spec.name), 'a');
    // Its own process group: Ctrl-C in the terminal must not reach it before it has been asked to drain.
    const child = spawn(spec.command, spec.args, {
      env: spec.env ?? process.env,
      stdio: ['ignore', log, log],
      detached: true,
    });
    closeSync(log);
    supervised.child = child;
    child.once('exit', () => {
      void this.#queue(supervised, () => this.#exited(supervised, child));
    });
    if (child.pid === undefined) {
      const [cause] = (await once(child, 'error')) as [Error];
      throw cause;
    }
    // One that is gone already has no start time; what it had started is still found by its group.
    supervised.identity = { pid: child.pid, startTime: (await processStartTime(child.pid)) ?? '' };
    writeFileSync(this.#record(spec.name), JSON.stringify(supervised.identity));
  }

  async #exited(supervised: Supervised, child: ChildProcess): Promise<void> {
    if (this.#stopping) return;
    const { spec, identity } = supervised;
    // The leader is gone; what it had started must not live on beside its successor.
    if (identity) await stopGroup(identity, 200);
    if (!supervised.wasReady) return; // `start` reports it.
    const nowMs = Date.now();
    supervised.restartsAtMs = [...supervised.restartsAtMs.filter((at) => nowMs - at < GIVE_UP_WITHIN_MS), nowMs];
    if (supervised.restartsAtMs.length >= GIVE_UP_AFTER) {
      this.#failed(new Error(`${spec.name} died ${GIVE_UP_AFTER} times within a minute:\n${this.#logTail(spec.name)}`));
      return;
    }
    this.#options.say(`${spec.name} ended (${endOf(child)}); starting it again`);
    const delayMs = (this.#options.restartDelayMs ?? 250) * 2 ** (supervised.restartsAtMs.length - 1);
    await sleep(delayMs, undefined, { signal: this.#stopped.signal }).catch(() => {});
    await this.#spawn(supervised);
  }

  #record(name: string): string {
    return join(this.#options.recordsDir, `${name}.json`);
  }

  #log(name: string): string {
    return join(this.#options.logsDir, `${name}.log`);
  }

  #logTail(name: string): string {
    return logTail(this.#log(name));
  }
}

/** How a process ended; undefined while it runs. */
function endOf({ exitCode, signalCode }: ChildProcess): string | undefined {
  if (signalCode !== null) return signalCode;
  return exitCode === null ? undefined : `exit code ${exitCode}`;
}
