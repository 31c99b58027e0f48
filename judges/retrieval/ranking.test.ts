import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { contextPrecisionAt, ndcgAt, precisionAt, reciprocalRank } from './ranking.ts';

const ORDER = [false, true, true, false, true];

describe('metrics of an order', () => {
  it('are those of the textbooks', () => {
    expect(precisionAt(ORDER, 3)).toBeCloseTo(2 / 3);
    expect(reciprocalRank(ORDER)).toBe(0.5);
    expect(contextPrecisionAt(ORDER, 5)).toBeCloseTo((1 / 2 + 2 / 3 + 3 / 5) / 3);
    const ideal = 1 + 1 / Math.log2(3) + 1 / Math.log2(4);
    expect(ndcgAt(ORDER, 5, 3)).toBeCloseTo((1 / Math.log2(3) + 1 / Math.log2(4) + 1 / Math.log2(6)) / ideal);
    // Of four relevant ones, one was never found.
    expect(ndcgAt(ORDER, 5, 4)).toBeLessThan(ndcgAt(ORDER, 5, 3));
  });

  it('are 0 where nothing was found, 1 for the best order, and never better for a relevant one further down', () => {
    const metrics = (order: boolean[]) => [
      precisionAt(order, 5),
      reciprocalRank(order),
      contextPrecisionAt(order, 5),
      ndcgAt(order, 5, order.filter(Boolean).length),
    ];
    expect(metrics([])).toEqual([0, 0, 0, 0]);
    expect(metrics([true, true])).toEqual([1, 1, 1, 1]);
    fc.assert(
      fc.property(fc.array(fc.boolean(), { minLength: 2, maxLength: 5 }), fc.nat(3), (order, at) => {
        const i = Math.min(at, order.length - 2);
        if (!order[i] || order[i + 1]) return;
        const moved = order.with(i, false).with(i + 1, true);
        const [before, after] = [metrics(order), metrics(moved)];
        for (const [which, value] of after.entries()) {
          expect(value).toBeLessThanOrEqual(before[which]!);
          expect(before[which]).toBeLessThanOrEqual(1);
          expect(value).toBeGreaterThanOrEqual(0);
        }
      }),
    );
  });
});
