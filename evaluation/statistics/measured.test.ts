import { expect, it } from 'vitest';
import { measureArms } from './measured.ts';

it('says how long 95 of 100 answers took, and how long they are on average', () => {
  const rows = Array.from({ length: 100 }, (_, i) => ({
    arm: 'tuned',
    latencyMs: 1000 - 10 * i,
    inputTokens: 20,
    outputTokens: i % 2 ? 10 : 30,
  }));
  expect(measureArms(rows)).toEqual({
    tuned: { answers: 100, p95LatencyMs: 950, meanLatencyMs: 505, inputTokens: 20, outputTokens: 20 },
  });
});

it('says nothing of what was not measured', () => {
  const rows = [{ arm: 'echo' }, { arm: 'base', latencyMs: 7, outputTokens: 3 }, { arm: 'base', latencyMs: 5 }];
  expect(measureArms(rows)).toEqual({ base: { answers: 2, p95LatencyMs: 7, meanLatencyMs: 6 } });
});
