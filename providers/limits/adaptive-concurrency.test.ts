import { describe, expect, it } from 'vitest';
import { AdaptiveConcurrency } from './adaptive-concurrency.ts';

const answer = (
  one: AdaptiveConcurrency,
  count: number,
  options: { latencyMs?: number; kind?: string; fromMs?: number } = {},
) => {
  const { latencyMs = 100, kind = 'facts', fromMs = 0 } = options;
  for (let i = 0; i < count; i++) one.succeeded({ kind, latencyMs, nowMs: fromMs + i });
};

describe('adaptive concurrency', () => {
  it('starts at the config and never goes above it', () => {
    const one = new AdaptiveConcurrency(8);
    expect(one.limit).toBe(8);
    answer(one, 1000);
    expect(one.limit).toBe(8);
  });

  it('goes down by a factor when refused, once for all that was in flight', () => {
    const one = new AdaptiveConcurrency(64);
    for (let i = 0; i < 64; i++) one.refused(1000 + i / 10);
    expect(one.limit).toBe(44);
    one.refused(2000);
    expect(one.limit).toBe(31);
  });

  it('comes back by one for each round of good answers', () => {
    const one = new AdaptiveConcurrency(10);
    one.refused(0);
    expect(one.limit).toBe(7);
    answer(one, 7);
    expect(one.limit).toBe(8);
    answer(one, 7);
    expect(one.limit).toBe(8);
    answer(one, 1);
    expect(one.limit).toBe(9);
  });

  it('never goes below one call', () => {
    const one = new AdaptiveConcurrency(2);
    for (let i = 0; i < 50; i++) one.refused(i * 1000);
    expect(one.limit).toBe(1);
  });

  it('goes down when answers of one kind come much slower than they used to', () => {
    const one = new AdaptiveConcurrency(32);
    answer(one, 200, { latencyMs: 100 });
    expect(one.limit).toBe(32);
    answer(one, 40, { latencyMs: 900, fromMs: 10_000 });
    expect(one.limit).toBeLessThan(32);
  });

  it('takes no harm from kinds of calls that take different times', () => {
    const one = new AdaptiveConcurrency(32);
    for (let i = 0; i < 500; i++) {
      one.succeeded({ kind: 'judgement', latencyMs: 50, nowMs: i * 1000 });
      one.succeeded({ kind: 'facts', latencyMs: 5000, nowMs: i * 1000 });
    }
    expect(one.limit).toBe(32);
  });
});
