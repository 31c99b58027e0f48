/**
 * How many calls may be in flight at once, found by additive increase and multiplicative decrease (Chiu and Jain, "Analysis of
 * the Increase and Decrease Algorithms for Congestion Avoidance", 1989): down on a refusal and on rising latency, up by one
 * for each round of good answers, never above what the config allows.
 */
export class AdaptiveConcurrency {
  readonly #max: number;
  #limit: number;
  /** Good answers since the last change. */
  #streak = 0;
  #lastDecreaseMs = -Infinity;
  readonly #latencies = new Map<string, { recentMs: number; usualMs: number; seen: number }>();

  /** Starts at `max`: the config's author knows the server better than a slow start does. */
  constructor(max: number) {
    this.#max = max;
    this.#limit = max;
  }

  get limit(): number {
    return Math.max(1, Math.floor(this.#limit));
  }

  /** @param kind what was asked for: calls of different kinds take different times, which says nothing about the server */
  succeeded(options: { kind: string; latencyMs: number; nowMs: number }): void {
    const { kind, latencyMs, nowMs } = options;
    if (this.#isSlowing(kind, latencyMs)) return this.#decrease(SLOW_FACTOR, nowMs);
    this.#streak++;
    if (this.#streak < this.limit) return;
    this.#streak = 0;
    this.#limit = Math.min(this.#max, this.#limit + 1);
  }

  /** The server said that it was asked too often, or that it is overloaded. */
  refused(nowMs: number): void {
    this.#decrease(REFUSED_FACTOR, nowMs);
  }

  #decrease(factor: number, nowMs: number): void {
    this.#streak = 0;
    // What was in flight when the server first refused is refused too: that is one signal, not many.
    if (nowMs - this.#lastDecreaseMs < this.#roundTripMs()) return;
    this.#lastDecreaseMs = nowMs;
    this.#limit = Math.max(1, this.#limit * factor);
  }

  #isSlowing(kind: string, latencyMs: number): boolean {
    const latency = this.#latencies.get(kind) ?? { recentMs: latencyMs, usualMs: latencyMs, seen: 0 };
    latency.seen++;
    latency.recentMs += (latencyMs - latency.recentMs) * RECENT_WEIGHT;
    latency.usualMs += (latencyMs - latency.usualMs) * USUAL_WEIGHT;
    this.#latencies.set(kind, latency);
    return latency.seen > WARM_UP && latency.recentMs > SLOW_RATIO * latency.usualMs + SLOW_MARGIN_MS;
  }

  #roundTripMs(): number {
    let longest = MIN_ROUND_TRIP_MS;
    for (const { recentMs } of this.#latencies.values()) longest = Math.max(longest, recentMs);
    return longest;
  }
}

const REFUSED_FACTOR = 0.7;
const SLOW_FACTOR = 0.9;
/** Twice as slow as usual is queueing at the server; less is what answers of different lengths give. */
const SLOW_RATIO = 2;
const SLOW_MARGIN_MS = 20;
const RECENT_WEIGHT = 0.1;
const USUAL_WEIGHT = 0.005;
const WARM_UP = 50;
const MIN_ROUND_TRIP_MS = 100;
