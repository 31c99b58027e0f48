import fc from '../../test/support/property.ts';
import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import { describe, expect, it } from 'vitest';
import { differenceInterval, type PairedDifference } from './statistics.ts';

const options = { confidence: 0.95, resamples: 2000, seed: 17 };
const each = (differences: number[]): PairedDifference[] =>
  differences.map((difference, index) => ({ cluster: `f${index}`, difference }));

describe('the interval of a difference, with many clusters', () => {
  it('agrees with the normal interval of a mean for many clusters of one question', () => {
    const random = xoroshiro128plus(3);
    const differences = Array.from({ length: 400 }, () => (uniformFloat64(random) < 0.3 ? 1 : 0));
    const { difference, low, high } = differenceInterval({ ...options, resamples: 5000, pairs: each(differences) });
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
    expect(differenceInterval({ ...options, pairs })).toMatchObject({ difference: 0.25, better: 1, worse: 0 });
  });

  it('is not narrowed by copies of a fact in other words', () => {
    const random = xoroshiro128plus(5);
    const once = each(Array.from({ length: 100 }, () => Math.floor(uniformFloat64(random) * 3) - 1));
    const copied = once.flatMap((pair) => [pair, pair, pair, pair]);
    const apart = copied.map(({ difference }, index) => ({ cluster: `q${index}`, difference }));
    const width = (pairs: PairedDifference[]) => {
      const { low, high } = differenceInterval({ ...options, pairs });
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
        const { low, high } = differenceInterval({ ...settings, pairs: from });
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
    const interval = differenceInterval({ ...options, pairs });
    expect(differenceInterval({ ...options, pairs })).toEqual(interval);
    expect(differenceInterval({ ...options, pairs: pairs.toReversed() })).toEqual(interval);
    expect(differenceInterval({ ...options, seed: 18, pairs })).not.toEqual(interval);
  });

  it('widens with the confidence asked', () => {
    const pairs = each(Array.from({ length: 80 }, (_, index) => ((index * 7) % 3) - 1));
    const wide = differenceInterval({ ...options, confidence: 0.99, pairs });
    const narrow = differenceInterval({ ...options, confidence: 0.8, pairs });
    expect(wide.low).toBeLessThan(narrow.low);
    expect(wide.high).toBeGreaterThan(narrow.high);
  });

  it('refuses to compare nothing', () => {
    expect(() => differenceInterval({ ...options, pairs: [] })).toThrow('expected at least one question');
  });

  it('takes little CPU for 10 comparisons of 1,000 facts in 2,000 resamples', () => {
    const pairs = Array.from({ length: 4000 }, (_, i) => ({ cluster: `f${i % 1000}`, difference: ((i * 7) % 3) - 1 }));
    const before = process.cpuUsage();
    for (let i = 0; i < 10; i++) differenceInterval({ ...options, pairs });
    const { user } = process.cpuUsage(before);
    expect(user / 1e6).toBeLessThan(3);
  });
});

describe('the interval of a difference, with few clusters or all alike (F4)', () => {
  const interval = (pairs: PairedDifference[], confidence = 0.95) =>
    differenceInterval({ ...options, confidence, pairs });

  it('rules out nothing with one fact, however many wordings', () => {
    const wordings = Array.from({ length: 3 }, () => ({ cluster: 'f', difference: 1 }));
    expect(interval(wordings)).toMatchObject({ difference: 1, low: -1, high: 1, clusters: 1 });
  });

  it.each([
    [5, false],
    [6, true],
    [20, true],
    [400, true],
  ])('of %i facts that are all better rules out 0: %s, as the sign test does', (count, ruledOut) => {
    const { low, high } = interval(each(Array(count).fill(1) as number[]));
    expect(low > 0).toBe(ruledOut);
    expect(high).toBe(1);
  });

  it.each([
    [5, false],
    [6, true],
  ])('of 400 facts with %i better and none worse rules out 0: %s', (better, ruledOut) => {
    const differences = Array.from({ length: 400 }, (_, i) => (i < better ? 1 : 0));
    expect(interval(each(differences)).low > 0).toBe(ruledOut);
  });

  it('is about as wide as the rule of three when 400 facts are all equal', () => {
    const { low, high } = interval(each(Array(400).fill(0) as number[]));
    expect(high).toBeGreaterThan(3 / 400);
    expect(high).toBeLessThan(0.02);
    expect(low).toBeCloseTo(-high, 12);
  });

  const cluster = fc.array(fc.constantFrom(-1, 0, 1, 0.5), { minLength: 1, maxLength: 4 });
  const suites = fc.array(cluster, { minLength: 1, maxLength: 45, size: 'max' });
  const pairsOf = (clusters: number[][], copy = '') =>
    clusters.flatMap((some, i) => some.map((difference) => ({ cluster: `f${i}${copy}`, difference })));

  it('holds the estimate, lies within -1 and 1, and is never zero wide', () => {
    fc.assert(
      fc.property(suites, fc.constantFrom(0.6, 0.8, 0.95, 0.99), (clusters, confidence) => {
        const { difference, low, high } = differenceInterval({
          ...options,
          resamples: 200,
          confidence,
          pairs: pairsOf(clusters),
        });
        expect(low).toBeGreaterThanOrEqual(-1);
        expect(high).toBeLessThanOrEqual(1);
        expect(low).toBeLessThanOrEqual(difference);
        expect(high).toBeGreaterThanOrEqual(difference);
        expect(high).toBeGreaterThan(low);
      }),
      { seed: 1, numRuns: 300 },
    );
  });

  it('narrows with more clusters of the same kind', () => {
    fc.assert(
      fc.property(suites, (clusters) => {
        const width = (copies: number) => {
          const pairs = Array.from({ length: copies }, (_, copy) => pairsOf(clusters, `/${copy}`)).flat();
          const { low, high } = differenceInterval({ ...options, resamples: 1000, pairs });
          return high - low;
        };
        const [once, fourTimes] = [width(1), width(4)];
        // Until anything is ruled out, both are as wide as can be.
        expect(fourTimes < once || once === 2).toBe(true);
      }),
      { seed: 2, numRuns: 150 },
    );
  });

  it.each([
    [0.95, 0],
    [0.5, 0],
    [0.3, 0.1],
    [0.1, 0.1],
    [0.02, 0],
    [0.7, 0.2],
  ])('covers the truth as often as it says, where %f of facts get better and %f worse', (gain, loss) => {
    const random = xoroshiro128plus(23);
    const draw = () => {
      const at = uniformFloat64(random);
      return at < gain ? 1 : at < gain + loss ? -1 : 0;
    };
    for (const count of [3, 5, 8, 13, 20, 29]) {
      const trials = 300;
      let covered = 0;
      for (let trial = 0; trial < trials; trial++) {
        const pairs = Array.from({ length: count }, (_, fact) => {
          // Wordings of a fact are mostly answered alike.
          const alike = uniformFloat64(random) < 0.7 ? draw() : undefined;
          const size = 1 + Math.floor(uniformFloat64(random) * 4);
          return Array.from({ length: size }, () => ({ cluster: `f${fact}`, difference: alike ?? draw() }));
        }).flat();
        const { low, high } = interval(pairs);
        if (low <= gain - loss && gain - loss <= high) covered++;
      }
      expect(covered / trials).toBeGreaterThan(0.92);
    }
  });
});
