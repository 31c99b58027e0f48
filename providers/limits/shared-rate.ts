/** Requests and tokens. */
export interface Amounts {
  requests: number;
  tokens: number;
}
const NAMES = ['requests', 'tokens'] as const;

/**
 * Takes amounts out of what all workers together may use. Resolves to when each begins, in milliseconds from now: what is taken at one
 * moment, by whomever, never overlaps.
 * @param options.periodsMs how long the amounts take at the rates; 0 where there is no rate
 */
export type TakeShared = (options: { id: string; periodsMs: Amounts }) => Promise<Amounts>;

/** The most that is taken at once: the share of others waits for so long, and so long is lost by one who takes it and dies. */
const LEASE_MS = 1_000;
/** What is left unused for so long is no longer used: it would come on top of what others use by now. */
const STALE_MS = 2_000;
/** Calls that may start early, as in the pacer: timers fire late. */
const BURST_MS = 50;
/** Below this, what was used in the time says nothing of a second. */
const SHORTEST_MS = 250;

/**
 * This worker's part of the rates that the config states, which hold over all workers. What it needs for about a second is leased at
 * once, as much as it has used in the last one; so a call costs no trip to the database, and who needs more gets more.
 */
export class SharedRate {
  readonly #id: string;
  readonly #take: TakeShared;
  /** A millisecond; Infinity where there is no rate. */
  readonly #rates: Amounts;
  /** Of what was leased; below 0 where calls used more than was thought. */
  readonly #left: Amounts = { requests: 0, tokens: 0 };
  /** From when the next of it may be used. */
  readonly #nextMs: Amounts = { requests: -Infinity, tokens: -Infinity };
  #used: Amounts & { sinceMs: number } = { requests: 0, tokens: 0, sinceMs: -Infinity };

  constructor(options: {
    id: string;
    rates: { requestsPerMinute?: number | undefined; tokensPerMinute?: number | undefined };
    take: TakeShared;
  }) {
    const { id, rates, take } = options;
    this.#id = id;
    this.#take = take;
    this.#rates = {
      requests: (rates.requestsPerMinute ?? Infinity) / 60_000,
      tokens: (rates.tokensPerMinute ?? Infinity) / 60_000,
    };
  }

  /** Milliseconds until a call of so many tokens may start; undefined where more must be leased first. */
  waitMs(tokens: number, nowMs: number): number | undefined {
    const needs: Amounts = { requests: 1, tokens };
    let waitMs = 0;
    for (const name of NAMES) {
      if (!this.#isLimited(name)) continue;
      if (this.#nextMs[name] < nowMs - STALE_MS) this.#left[name] = Math.min(this.#left[name], 0);
      if (this.#left[name] < needs[name]) return undefined;
      waitMs = Math.max(waitMs, this.#nextMs[name] - BURST_MS - nowMs);
    }
    return waitMs;
  }

  /** Uses what was leased, for a call that starts. */
  use(tokens: number, nowMs: number): void {
    const needs: Amounts = { requests: 1, tokens };
    for (const name of NAMES) {
      this.#used[name] += needs[name];
      if (!this.#isLimited(name)) continue;
      this.#left[name] -= needs[name];
      this.#nextMs[name] = Math.max(this.#nextMs[name], nowMs) + needs[name] / this.#rates[name];
    }
  }

  /** The call is answered: its true count of tokens replaces the estimate. */
  settle({ estimated, used }: { estimated: number; used: number }): void {
    if (!this.#isLimited('tokens')) return;
    this.#left.tokens += estimated - used;
    this.#nextMs.tokens += (used - estimated) / this.#rates.tokens;
  }

  /**
   * Leases what calls need next.
   * @param startable the tokens of each call that could start now, but for the rates: one at least
   * @param now gives the time; it is asked again when the answer has come
   */
  async lease(startable: readonly number[], now: () => number): Promise<void> {
    const amounts = this.#wanted(startable, now());
    const periodsMs = {
      requests: this.#isLimited('requests') ? amounts.requests / this.#rates.requests : 0,
      tokens: this.#isLimited('tokens') ? amounts.tokens / this.#rates.tokens : 0,
    };
    const inMs = await this.#take({ id: this.#id, periodsMs });
    const nowMs = now();
    for (const name of NAMES) {
      this.#left[name] += amounts[name];
      this.#nextMs[name] = Math.max(this.#nextMs[name], nowMs + inMs[name]);
    }
    this.#used = { requests: 0, tokens: 0, sinceMs: nowMs };
  }

  /** As much as can start now, or as was used of late, but for a second at most, and always enough for the next call. */
  #wanted(startable: readonly number[], nowMs: number): Amounts {
    const [first = 0] = startable;
    const tokens = startable.reduce((sum, one) => sum + one, 0);
    const seconds = Math.max(nowMs - this.#used.sinceMs, SHORTEST_MS) / LEASE_MS;
    const of = (name: keyof Amounts, now: number, least: number): number => {
      const wanted = Math.min(Math.max(now, this.#used[name] / seconds), this.#rates[name] * LEASE_MS);
      return Math.max(0, Math.max(wanted, least) - this.#left[name]);
    };
    return { requests: Math.ceil(of('requests', startable.length, 1)), tokens: of('tokens', tokens, first) };
  }

  #isLimited(name: keyof Amounts): boolean {
    return Number.isFinite(this.#rates[name]);
  }
}
