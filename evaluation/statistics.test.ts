import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import { describe, expect, it } from 'vitest';
import { clusterBootstrap, type PairedDifference } from './statistics.ts';

const options = { confidence: 0.95, resamples: 2000, seed: 17 };
const each = (differences: number[]): PairedDifference[] =>
  differences.map((difference, index) => ({ cluster: `f${index}`, difference }));

describe('the cluster bootstrap', () => {
  it('gives exactly zero when the arms are equal', () => {
    const interval = clusterBootstrap({ ...options, pairs: each(Array(50).fill(0) as number[]) });
    expect(interval).toEqual({ difference: 0, low: 0, high: 0, questions: 50, clusters: 50 });
  });

  it('collapses to the difference when every question differs alike', () => {
    const { difference, low, high } = clusterBootstrap({ ...options, pairs: each(Array(40).fill(1) as number[]) });
    expect([difference, low, high]).toEqual([1, 1, 1]);
  });

  it('agrees with the normal interval of a mean for many clusters of one question', () => {
    const random = xoroshiro128plus(3);
    const differences = Array.from({ length: 400 }, () => (uniformFloat64(random) < 0.3 ? 1 : 0));
    const { difference, low, high } = clusterBootstrap({ ...options, resamples: 5000, pairs: each(differences) });
    const mean = differences.reduce<number>((sum, value) => sum + value, 0) / 400;
    const halfWidth = 1.96 * Math.sqrt((mean * (1 - mean)) / 400);
    expect(difference).toBeCloseTo(mean, 12);
    expect(low).toBeCloseTo(mean - halfWidth, 1.7);
    expect(high).toBeCloseTo(mean + halfWidth, 1.7);
  });

  it('weighs clusters by their questions: a ratio of sums, not a mean of means', () => {
    const pairs = [
      { cluster: 'small', difference: 1 },
      ...Array.from({ length: 3 }, () => ({ cluster: 'large', difference: 0 })),
    ];
    expect(clusterBootstrap({ ...options, pairs })).toMatchObject({ difference: 0.25, low: 0, high: 1 });
  });

  it('is not narrowed by copies of a fact in other words', () => {
    const random = xoroshiro128plus(5);
    const once = each(Array.from({ length: 100 }, () => Math.floor(uniformFloat64(random) * 3) - 1));
    const copied = once.flatMap((pair) => [pair, pair, pair, pair]);
    const apart = copied.map(({ difference }, index) => ({ cluster: `q${index}`, difference }));
    const width = (pairs: PairedDifference[]) => {
      const { low, high } = clusterBootstrap({ ...options, pairs });
      return high - low;
    };
    expect(width(copied)).toBeCloseTo(width(once), 10);
    expect(width(apart)).toBeLessThan(0.6 * width(once));
  });

  it('covers a true difference of zero about 95 times in 100 with four alike phrasings a fact', () => {
    const random = xoroshiro128plus(11);
    let covered = 0;
    let coveredByQuestion = 0;
    const trials = 300;
    for (let trial = 0; trial < trials; trial++) {
      const pairs = Array.from({ length: 60 }, (_, fact) => {
        const difference = Math.floor(uniformFloat64(random) * 3) - 1;
        return Array.from({ length: 4 }, () => ({ cluster: `f${fact}`, difference }));
      }).flat();
      const settings = { confidence: 0.95, resamples: 300, seed: trial };
      const coversZero = (from: PairedDifference[]) => {
        const { low, high } = clusterBootstrap({ ...settings, pairs: from });
        return low <= 0 && high >= 0;
      };
      if (coversZero(pairs)) covered++;
      if (coversZero(pairs.map((pair, index) => ({ ...pair, cluster: `q${index}` })))) coveredByQuestion++;
    }
    expect(covered / trials).toBeGreaterThan(0.9);
    expect(covered / trials).toBeLessThan(0.99);
    expect(coveredByQuestion / trials).toBeLessThan(0.8);
  });

  it('gives the same numbers for the same seed, whatever the order of the facts', () => {
    const pairs = each(Array.from({ length: 80 }, (_, index) => ((index * 7) % 3) - 1));
    const interval = clusterBootstrap({ ...options, pairs });
    expect(clusterBootstrap({ ...options, pairs })).toEqual(interval);
    expect(clusterBootstrap({ ...options, pairs: pairs.toReversed() })).toEqual(interval);
    expect(clusterBootstrap({ ...options, seed: 18, pairs })).not.toEqual(interval);
  });

  it('widens with the confidence asked', () => {
    const pairs = each(Array.from({ length: 80 }, (_, index) => ((index * 7) % 3) - 1));
    const wide = clusterBootstrap({ ...options, confidence: 0.99, pairs });
    const narrow = clusterBootstrap({ ...options, confidence: 0.8, pairs });
    expect(wide.low).toBeLessThan(narrow.low);
    expect(wide.high).toBeGreaterThan(narrow.high);
  });

  it('refuses to compare nothing', () => {
    expect(() => clusterBootstrap({ ...options, pairs: [] })).toThrow('expected at least one question');
  });

  it('takes little CPU for 10 comparisons of 1,000 facts in 2,000 resamples', () => {
    const pairs = Array.from({ length: 4000 }, (_, i) => ({ cluster: `f${i % 1000}`, difference: ((i * 7) % 3) - 1 }));
    const before = process.cpuUsage();
    for (let i = 0; i < 10; i++) clusterBootstrap({ ...options, pairs });
    const { user } = process.cpuUsage(before);
    expect(user / 1e6).toBeLessThan(3);
  });
});
