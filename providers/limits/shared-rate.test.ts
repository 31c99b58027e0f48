import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { ChatReply } from '../../contract/ports.ts';
import { Limits } from './limits.ts';
import type { TakeShared } from './shared-rate.ts';

beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] }));
afterEach(() => vi.useRealTimers());

const TRIP_MS = 5;

/** What all workers take from, with a trip to it; `trips` are counted. */
function database() {
  const until = new Map<string, number>();
  const state = { trips: 0 };
  const after = (id: string, periodMs: number) => {
    const from = Math.max(until.get(id) ?? 0, performance.now());
    until.set(id, from + periodMs);
    return from - performance.now();
  };
  const take: TakeShared = async ({ id, periodsMs }) => {
    state.trips++;
    await new Promise((resolve) => setTimeout(resolve, TRIP_MS));
    return { requests: after(`${id} r`, periodsMs.requests), tokens: after(`${id} t`, periodsMs.tokens) };
  };
  return { take, state };
}

const reply: ChatReply = { text: '', finishReason: 'stop', inputTokens: 10, outputTokens: 10 };

/** A worker of its own, and the starts of its calls, which take `latencyMs` each and are thought to need `tokens`. */
function worker(
  take: TakeShared,
  options: { rates: object; concurrency?: number; latencyMs?: number; tokens?: number },
) {
  const { rates, concurrency = 64, latencyMs = 100, tokens = 20 } = options;
  const limiter = new Limits(take).of({ provider: 'openai', model: 'small', concurrency, rates });
  const starts: number[] = [];
  const run = () =>
    limiter.run({
      kind: '',
      tokens,
      call: async () => {
        starts.push(performance.now());
        await new Promise((resolve) => setTimeout(resolve, latencyMs));
        return reply;
      },
    });
  return { starts, ask: (count: number) => Promise.all(Array.from({ length: count }, run)) };
}

const TEN_A_SECOND = { requestsPerMinute: 600 };

describe('the rates of a config', () => {
  it('hold over all workers together', async () => {
    const { take } = database();
    const workers = [1, 2, 3].map(() => worker(take, { rates: TEN_A_SECOND }));
    for (const one of workers) void one.ask(200);
    await vi.advanceTimersByTimeAsync(10_000);
    const counts = workers.map(({ starts }) => starts.length);
    const all = counts.reduce((sum, count) => sum + count, 0);
    expect(all).toBeGreaterThanOrEqual(95);
    expect(all).toBeLessThanOrEqual(106);
    // Nobody is left out.
    expect(Math.min(...counts)).toBeGreaterThanOrEqual(20);
    // In no second more than the rate, but for what timers are late.
    const starts = workers.flatMap((one) => one.starts).sort((a, b) => a - b);
    const most = Math.max(...starts.map((from) => starts.filter((at) => at >= from && at < from + 1000).length));
    expect(most).toBeLessThanOrEqual(13);
  });

  it('go to the worker that needs them: one of few calls at once takes only what these use', async () => {
    const { take } = database();
    // Two a second, by its concurrency.
    const slow = worker(take, { rates: TEN_A_SECOND, concurrency: 1, latencyMs: 500 });
    const busy = worker(take, { rates: TEN_A_SECOND });
    void slow.ask(100);
    void busy.ask(200);
    await vi.advanceTimersByTimeAsync(20_000);
    expect(slow.starts.length + busy.starts.length).toBeGreaterThanOrEqual(180);
    expect(slow.starts.length + busy.starts.length).toBeLessThanOrEqual(206);
    expect(slow.starts.length).toBeGreaterThanOrEqual(15);
  });

  it('cost a worker that is alone one trip a second, and no call', async () => {
    const { take, state } = database();
    const alone = worker(take, { rates: { requestsPerMinute: 6_000 }, concurrency: 8, latencyMs: 100 });
    void alone.ask(2_000);
    await vi.advanceTimersByTimeAsync(10_000);
    // Eight at once, each a tenth of a second: 80 a second, below the rate of 100.
    expect(alone.starts.length).toBeGreaterThanOrEqual(740);
    expect(state.trips).toBeLessThanOrEqual(25);
  });

  it('of tokens hold by what calls really used', async () => {
    const { take } = database();
    // 200 tokens a second, 20 a call, which are thought to be 40.
    const workers = [1, 2].map(() => worker(take, { rates: { tokensPerMinute: 12_000 }, tokens: 40 }));
    for (const one of workers) void one.ask(400);
    await vi.advanceTimersByTimeAsync(20_000);
    const all = workers.reduce((sum, { starts }) => sum + starts.length, 0);
    expect(all).toBeGreaterThanOrEqual(170);
    expect(all).toBeLessThanOrEqual(215);
  });

  it('let a call through that needs more than a second of them', async () => {
    const { take } = database();
    const { ask, starts } = worker(take, { rates: { tokensPerMinute: 600 }, tokens: 300 });
    void ask(2);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(starts).toHaveLength(1);
  });

  it('are not gone with a worker that took them and ended', async () => {
    const { take } = database();
    void worker(take, { rates: TEN_A_SECOND }).ask(10);
    await vi.advanceTimersByTimeAsync(50);
    const other = worker(take, { rates: TEN_A_SECOND });
    void other.ask(100);
    await vi.advanceTimersByTimeAsync(5_000);
    expect(other.starts.length).toBeGreaterThanOrEqual(38);
  });

  it('fail the calls that wait for them where the database does, and others go on', async () => {
    const { take } = database();
    let down = true;
    const { ask, starts } = worker(
      async (options) => {
        if (down) throw new Error('no database');
        return take(options);
      },
      { rates: TEN_A_SECOND },
    );
    await expect(ask(3)).rejects.toThrow('no database');
    down = false;
    void ask(1);
    await vi.advanceTimersByTimeAsync(100);
    expect(starts).toHaveLength(1);
  });

  it('are asked of nobody where a config states none', async () => {
    const { take, state } = database();
    const { ask, starts } = worker(take, { rates: {} });
    void ask(10);
    await vi.advanceTimersByTimeAsync(10);
    expect(starts).toHaveLength(10);
    expect(state.trips).toBe(0);
  });
});
