import { setTimeout as sleep } from 'node:timers/promises';
import { ProviderError, type ChatReply } from '../../contract/ports.ts';
import { AdaptiveConcurrency } from './adaptive-concurrency.ts';
import { Pacer, type RateLimits } from './pacer.ts';
import type { SharedRate } from './shared-rate.ts';

export interface LimiterOptions extends RateLimits {
  /** Most calls in flight at once. */
  concurrency: number;
  /** From 0 to 1, for spreading retries. */
  random?: () => number;
  /** This worker's part of the rates, where other workers keep them, too. */
  shared?: SharedRate | undefined;
}

export interface LimitedCall {
  /** What is asked for: answers of one kind take about as long as each other. */
  kind: string;
  /** Tokens that the call will use at most, for the rate of tokens. */
  tokens: number;
  signal?: AbortSignal | undefined;
  call: () => Promise<ChatReply>;
}

interface Waiting {
  tokens: number;
  start: () => void;
  fail: (error: unknown) => void;
}

/** Tries of one call, before Temporal's retry of the whole batch takes over. */
const MAX_ATTEMPTS = 6;
/** A refusal costs nothing and only says "later": more tries. */
const MAX_REFUSALS = 40;
const FIRST_BACKOFF_MS = 250;
const MAX_BACKOFF_MS = 30_000;

/**
 * Lets calls to one model through: as many at once as the server takes, at the rates that config and headers give, failed
 * ones again after a pause. First come, first served. One limiter serves all batches of a worker.
 */
export class Limiter {
  readonly #concurrency: AdaptiveConcurrency;
  readonly #pacer: Pacer;
  readonly #random: () => number;
  readonly #shared: SharedRate | undefined;
  #leasing = false;
  #inFlight = 0;
  #waiting: Waiting[] = [];
  #head = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor({ concurrency, random = Math.random, shared, ...rates }: LimiterOptions) {
    this.#shared = shared;
    this.#concurrency = new AdaptiveConcurrency(concurrency);
    this.#pacer = new Pacer(rates);
    this.#random = random;
  }

  /** @throws the caller's abort reason, a failure that a retry can't mend, or the last failure when tries run out */
  async run(limited: LimitedCall): Promise<ChatReply> {
    const { tokens, signal } = limited;
    const tries = { failed: 0, refused: 0 };
    for (;;) {
      await this.#enter(tokens, signal);
      let pauseMs: number;
      try {
        return await this.#attempt(limited);
      } catch (error) {
        if (signal?.aborted || !isRetryable(error)) throw error;
        // Before the place in flight is given to the next: it too must wait.
        pauseMs = this.#pauseAfter(error, tries);
      } finally {
        this.#leave();
      }
      if (pauseMs > 0) await sleep(pauseMs, undefined, signal ? { signal } : {}).catch(() => undefined);
    }
  }

  async #attempt({ kind, tokens, call }: LimitedCall): Promise<ChatReply> {
    const startedMs = performance.now();
    let used = 0;
    try {
      const reply = await call();
      used = reply.inputTokens + reply.outputTokens;
      const nowMs = performance.now();
      this.#concurrency.succeeded({ kind, latencyMs: nowMs - startedMs, nowMs });
      if (reply.limits) this.#pacer.told(reply.limits);
      return reply;
    } finally {
      this.#pacer.settle({ estimated: tokens, used, nowMs: performance.now() });
      this.#shared?.settle({ estimated: tokens, used });
    }
  }

  /** Milliseconds until the call is tried again. @throws the failure when it was tried often enough */
  #pauseAfter(failure: ProviderError, tries: { failed: number; refused: number }): number {
    const { retryAfterMs } = failure;
    const nowMs = performance.now();
    if (failure.kind === 'rate-limited' || retryAfterMs !== undefined) {
      this.#concurrency.refused(nowMs);
      this.#pacer.refused({ retryAfterMs, nowMs });
      if (++tries.refused >= MAX_REFUSALS) throw failure;
    } else if (++tries.failed >= MAX_ATTEMPTS) throw failure;
    // A pause that the server asked for holds everybody back in the pacer; the spread is for when it asked for none.
    if (retryAfterMs !== undefined) return 0;
    const backoffMs = Math.min(MAX_BACKOFF_MS, FIRST_BACKOFF_MS * 2 ** (tries.failed + tries.refused - 1));
    return backoffMs * (0.5 + this.#random());
  }

  #enter(tokens: number, signal: AbortSignal | undefined): Promise<void> {
    signal?.throwIfAborted();
    return new Promise((resolve, reject) => {
      const stop = () => {
        waiting.start = this.#pump;
        reject(signal?.reason as Error);
      };
      const waiting: Waiting = {
        tokens,
        start: () => {
          signal?.removeEventListener('abort', stop);
          this.#inFlight++;
          const nowMs = performance.now();
          this.#pacer.take({ tokens, nowMs });
          this.#shared?.use(tokens, nowMs);
          resolve();
        },
        fail: (error) => {
          signal?.removeEventListener('abort', stop);
          waiting.start = this.#pump;
          reject(error as Error);
        },
      };
      signal?.addEventListener('abort', stop, { once: true });
      this.#waiting.push(waiting);
      this.#pump();
    });
  }

  #leave(): void {
    this.#inFlight--;
    this.#pump();
  }

  /** Starts what may start now, and sets a timer where only time is in the way. */
  readonly #pump = (): void => {
    while (this.#head < this.#waiting.length && this.#inFlight < this.#concurrency.limit) {
      const nowMs = performance.now();
      const next = this.#waiting[this.#head]!;
      const sharedMs = this.#shared ? this.#shared.waitMs(next.tokens, nowMs) : 0;
      if (sharedMs === undefined) return this.#lease();
      const waitMs = Math.max(this.#pacer.waitMs(nowMs), sharedMs);
      if (waitMs > 0) {
        if (this.#timer === undefined) {
          this.#timer = setTimeout(() => {
            this.#timer = undefined;
            this.#pump();
          }, Math.ceil(waitMs));
        }
        return;
      }
      this.#head++;
      if (this.#head > 1024 && this.#head * 2 > this.#waiting.length) {
        this.#waiting = this.#waiting.slice(this.#head);
        this.#head = 0;
      }
      next.start();
    }
  };

  /** Takes more out of the rates that all workers share. Where that fails, so do the calls that wait for it. */
  #lease(): void {
    if (!this.#shared || this.#leasing) return;
    this.#leasing = true;
    const places = this.#concurrency.limit - this.#inFlight;
    const startable = this.#waiting.slice(this.#head, this.#head + places).map(({ tokens }) => tokens);
    void this.#shared
      .lease(startable, () => performance.now())
      .catch((error: unknown) => {
        for (const { fail } of this.#waiting.splice(this.#head)) fail(error);
      })
      .then(() => {
        this.#leasing = false;
        this.#pump();
      });
  }
}

function isRetryable(error: unknown): error is ProviderError {
  return error instanceof ProviderError && error.retryable;
}
