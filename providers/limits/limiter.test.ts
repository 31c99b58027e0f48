import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ProviderError, type ChatReply } from '../../contract/ports.ts';
import { Limiter, type LimiterOptions } from './limiter.ts';

beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] }));
afterEach(() => vi.useRealTimers());

const reply = (more: Partial<ChatReply> = {}): ChatReply => ({
  text: '',
  finishReason: 'stop',
  inputTokens: 10,
  outputTokens: 10,
  ...more,
});

// The limiter sleeps by node:timers/promises, which fake timers do not reach.
vi.mock('node:timers/promises', () => ({
  setTimeout: (ms: number, _value: unknown, { signal }: { signal?: AbortSignal } = {}) =>
    new Promise<void>((resolve, reject) => {
      const timer = setTimeout(resolve, ms);
      signal?.addEventListener('abort', () => {
        clearTimeout(timer);
        reject(signal.reason as Error);
      });
    }),
}));

/** Calls that take 100 ms, with when each started and how many were in flight at most. */
function track(limiter: Limiter, options: { fails?: (start: number) => Error | undefined; reply?: ChatReply } = {}) {
  const starts: number[] = [];
  let inFlight = 0;
  const state = { starts, most: 0 };
  const call = async () => {
    const number = starts.push(performance.now()) - 1;
    state.most = Math.max(state.most, ++inFlight);
    await new Promise((resolve) => setTimeout(resolve, 100));
    inFlight--;
    const failure = options.fails?.(number);
    if (failure) throw failure;
    return options.reply ?? reply();
  };
  const run = (signal?: AbortSignal) => limiter.run({ kind: 'facts', tokens: 20, signal, call });
  return { state, run };
}

const make = (options: Partial<LimiterOptions> = {}) => new Limiter({ concurrency: 4, random: () => 0.5, ...options });

describe('the limiter', () => {
  it('keeps as many calls in flight as the config says, for all who share it', async () => {
    const { state, run } = track(make());
    const all = Promise.all(Array.from({ length: 20 }, () => run()));
    await vi.advanceTimersByTimeAsync(499);
    expect(state.starts).toHaveLength(20);
    await vi.advanceTimersByTimeAsync(1);
    await all;
    expect(state.most).toBe(4);
  });

  it('keeps the requests a minute of the config, spread evenly', async () => {
    const { state, run } = track(make({ concurrency: 64, requestsPerMinute: 600 }));
    void Promise.all(Array.from({ length: 60 }, () => run()));
    await vi.advanceTimersByTimeAsync(3000);
    expect(state.starts.length).toBeGreaterThanOrEqual(30);
    expect(state.starts.length).toBeLessThanOrEqual(32);
  });

  it('keeps the tokens a minute of the config, by what calls really used', async () => {
    // 20 tokens a call, 200 a second.
    const { state, run } = track(make({ concurrency: 64, tokensPerMinute: 12_000 }));
    void Promise.all(Array.from({ length: 100 }, () => run()));
    await vi.advanceTimersByTimeAsync(5000);
    expect(state.starts.length).toBeGreaterThanOrEqual(48);
    expect(state.starts.length).toBeLessThanOrEqual(54);
  });

  it('takes the rate from the headers of the server', async () => {
    // Half of 100 is missing and takes 5 s: 10 a second.
    const limits = { requests: { limit: 100, remaining: 50, resetMs: 5000 } };
    const { state, run } = track(make({ concurrency: 16 }), { reply: reply({ limits }) });
    void Promise.all(Array.from({ length: 100 }, () => run()));
    await vi.advanceTimersByTimeAsync(100);
    const before = state.starts.length;
    await vi.advanceTimersByTimeAsync(4000);
    expect(state.starts.length - before).toBeGreaterThanOrEqual(35);
    expect(state.starts.length - before).toBeLessThanOrEqual(41);
  });

  it('starts nothing before the time that a refusal asks for, and then tries the call again', async () => {
    const refusal = new ProviderError('rate-limited', 'slow down', { retryAfterMs: 2000 });
    const { state, run } = track(make({ concurrency: 1 }), { fails: (number) => (number === 0 ? refusal : undefined) });
    const done = Promise.all([run(), run()]);
    await vi.advanceTimersByTimeAsync(2050);
    expect(state.starts).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(400);
    await done;
    expect(state.starts).toHaveLength(3);
    expect(state.starts[1]).toBeGreaterThanOrEqual(2050);
  });

  it('learns a rate from refusals where nobody tells it, and keeps most calls from being refused', async () => {
    // A server that takes 100 a second and says nothing of it.
    const taken: number[] = [];
    const limiter = make({ concurrency: 32 });
    let refused = 0;
    const call = async () => {
      const now = performance.now();
      while (taken[0] !== undefined && taken[0] <= now - 1000) taken.shift();
      const over = taken.length >= 100;
      if (!over) taken.push(now);
      await new Promise((resolve) => setTimeout(resolve, 100));
      if (!over) return reply();
      refused++;
      throw new ProviderError('rate-limited', 'too many');
    };
    let done = 0;
    const all = Array.from({ length: 3000 }, () => limiter.run({ kind: '', tokens: 1, call }).then(() => done++));
    await vi.advanceTimersByTimeAsync(30_000);
    expect(done).toBeGreaterThan(2400);
    expect(refused).toBeLessThan(240);
    await vi.advanceTimersByTimeAsync(60_000);
    await Promise.all(all);
  });

  it('tries a failed call again with growing pauses, and gives it up to its caller in the end', async () => {
    const down = new ProviderError('server', 'down');
    const { state, run } = track(make(), { fails: () => down });
    const failing = run().catch((error: unknown) => error);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(await failing).toBe(down);
    const pauses = state.starts.slice(1).map((start, i) => start - (state.starts[i] ?? 0) - 100);
    expect(pauses).toEqual([250, 500, 1000, 2000, 4000]);
  });

  it('passes on at once what a retry cannot mend', async () => {
    const wrong = new ProviderError('authentication', 'no');
    const { state, run } = track(make(), { fails: () => wrong });
    const failing = run().catch((error: unknown) => error);
    await vi.advanceTimersByTimeAsync(100);
    expect(await failing).toBe(wrong);
    expect(state.starts).toHaveLength(1);
  });

  it('lets a caller leave the queue, and the place in flight goes to the next', async () => {
    const { state, run } = track(make({ concurrency: 1 }));
    const leaver = new AbortController();
    const first = run();
    const left = run(leaver.signal).catch((error: unknown) => error);
    const last = run();
    leaver.abort(new Error('left'));
    expect(await left).toMatchObject({ message: 'left' });
    await vi.advanceTimersByTimeAsync(200);
    await Promise.all([first, last]);
    expect(state.starts).toEqual([state.starts[0], (state.starts[0] ?? 0) + 100]);
  });

  it('lets a caller leave while its call waits to be tried again, and holds no place then', async () => {
    const leaver = new AbortController();
    const { state, run } = track(make({ concurrency: 1 }), {
      fails: (number) => (number === 0 ? new ProviderError('network', 'reset') : undefined),
    });
    const left = run(leaver.signal).catch((error: unknown) => error);
    await vi.advanceTimersByTimeAsync(110);
    leaver.abort(new Error('left'));
    expect(await left).toMatchObject({ message: 'left' });
    const others = Promise.all([run(), run()]);
    await vi.advanceTimersByTimeAsync(200);
    await others;
    expect(state.most).toBe(1);
  });
});
