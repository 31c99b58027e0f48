import type { ServerLimits } from '../../contract/ports.ts';

export interface RateLimits {
  requestsPerMinute?: number | undefined;
  tokensPerMinute?: number | undefined;
}

/**
 * When the next call may start: keeps the config's rates, the ones that the server's headers tell, and the pauses that it asks
 * for; where neither tells a rate, refusals teach one.
 */
export class Pacer {
  readonly #configured: { requests: number; tokens: number };
  readonly #told = { requests: Infinity, tokens: Infinity };
  #learned = Infinity;
  #learnedAtMs = 0;
  readonly #earned = { requests: -Infinity, tokens: -Infinity };
  #pausedUntilMs = -Infinity;
  readonly #recent: number[] = [];

  constructor(limits: RateLimits) {
    this.#configured = {
      requests: (limits.requestsPerMinute ?? Infinity) / 60,
      tokens: (limits.tokensPerMinute ?? Infinity) / 60,
    };
  }

  /** Milliseconds until a call may start; 0 when it may now. */
  waitMs(nowMs: number): number {
    return Math.max(
      0,
      this.#pausedUntilMs - nowMs,
      this.#earned.requests - BURST_MS - nowMs,
      this.#earned.tokens - BURST_MS - nowMs,
    );
  }

  /** Takes a call and its estimated tokens out of the rates. */
  take(options: { tokens: number; nowMs: number }): void {
    const { tokens, nowMs } = options;
    this.#spend('requests', 1, nowMs);
    this.#spend('tokens', tokens, nowMs);
  }

  /** The call is answered: its true count of tokens replaces the estimate. */
  settle(options: { estimated: number; used: number; nowMs: number }): void {
    const rate = this.#rate('tokens', options.nowMs);
    if (Number.isFinite(rate)) this.#earned.tokens += ((options.used - options.estimated) / rate) * 1000;
    this.#recent.push(options.nowMs);
    while (this.#recent[0]! < options.nowMs - RECENT_MS) this.#recent.shift();
  }

  /** What the server's headers say. The refill of its bucket follows from what is missing and how long that takes. */
  told(limits: ServerLimits): void {
    for (const name of ['requests', 'tokens'] as const) {
      const told = limits[name];
      if (!told || told.resetMs <= 0) continue;
      const missing = told.limit - told.remaining;
      // Of a nearly full bucket the quotient is noise.
      if (missing < told.limit * MIN_MISSING) continue;
      this.#told[name] = (missing / told.resetMs) * 1000;
    }
  }

  /** The server refused a call. With `retryAfterMs` nothing starts before that. */
  refused(options: { retryAfterMs?: number | undefined; nowMs: number }): void {
    const { retryAfterMs, nowMs } = options;
    if (retryAfterMs !== undefined) this.#pausedUntilMs = Math.max(this.#pausedUntilMs, nowMs + retryAfterMs);
    if (Number.isFinite(Math.min(this.#configured.requests, this.#told.requests))) return;
    if (nowMs - this.#learnedAtMs < LEARN_EVERY_MS) return;
    const since = this.#recent[0] ?? nowMs;
    const succeeded = (this.#recent.length / Math.max(LEARN_EVERY_MS, nowMs - since)) * 1000;
    const was = this.#rate('requests', nowMs);
    this.#learned = Math.max(1, Math.min(was, Math.max(succeeded, was === Infinity ? 0 : was * 0.5)) * LEARN_FACTOR);
    this.#learnedAtMs = nowMs;
  }

  #spend(name: 'requests' | 'tokens', amount: number, nowMs: number): void {
    const rate = this.#rate(name, nowMs);
    this.#earned[name] = Number.isFinite(rate) ? Math.max(this.#earned[name], nowMs) + (amount / rate) * 1000 : nowMs;
  }

  #rate(name: 'requests' | 'tokens', nowMs: number): number {
    const known = Math.min(this.#configured[name], this.#told[name]);
    if (name === 'tokens' || !Number.isFinite(this.#learned)) return known;
    // A learned rate is a guess: it creeps up until it is refused again.
    return Math.min(known, this.#learned * (1 + LEARN_GROWTH * ((nowMs - this.#learnedAtMs) / 1000)));
  }
}

/** Calls that may start early, as time: timers fire late by a few milliseconds, and that time is not lost. */
const BURST_MS = 50;
const MIN_MISSING = 0.02;
const RECENT_MS = 1_000;
const LEARN_EVERY_MS = 500;
const LEARN_FACTOR = 0.95;
const LEARN_GROWTH = 0.01;
