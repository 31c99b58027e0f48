import { uniformInt } from 'pure-rand/distribution/uniformInt';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import { quantileSorted } from 'simple-statistics';
import { studentQuantile } from './student-t.ts';

/** One question answered by both arms: candidate's score minus the other's, and what the question is about. */
export interface PairedDifference {
  cluster: string;
  /** -1 to 1. */
  difference: number;
}

export interface DifferenceInterval {
  /** Mean over questions. */
  difference: number;
  low: number;
  high: number;
  questions: number;
  clusters: number;
  /** Clusters in which the candidate scored more, and less. */
  better: number;
  worse: number;
}

/** Fewer clusters than this, or fewer that differ from the rest, and a bootstrap's interval is too narrow. */
const BOOTSTRAP_CLUSTERS = 30;
const BOOTSTRAP_DIFFERING = 10;

interface Interval {
  low: number;
  high: number;
}

interface IntervalOptions {
  pairs: readonly PairedDifference[];
  /** 0.95 for a 95% interval. */
  confidence: number;
  resamples: number;
  seed: number;
}

/** Sum and count of the differences of one cluster. */
interface Cluster {
  sum: number;
  count: number;
}

/**
 * Mean paired difference with an interval that is never narrower than the data allow. Phrasings of one fact rise and fall
 * together, so a cluster (a fact) is one observation: questions would make four copies of a fact look like four facts.
 * With at least 30 clusters, of which at least 10 differ from the rest, the interval is a bootstrap's; else Student's t with
 * two clusters added, at least as wide as an exact bound where all are alike. It holds the estimate, lies within -1 and 1, and is never zero wide.
 *
 * The same pairs in any order of clusters, and the same seed, give the same numbers.
 * @throws Error when there is no pair
 */
export function differenceInterval(options: IntervalOptions): DifferenceInterval {
  const { pairs, confidence } = options;
  if (pairs.length === 0) throw new Error('no paired answers to compare; expected at least one question');
  const clusters = sumByCluster(pairs);
  const difference = clusters.reduce((total, { sum }) => total + sum, 0) / pairs.length;
  const unlike = differing(clusters);
  const intervals =
    clusters.length >= BOOTSTRAP_CLUSTERS && unlike >= BOOTSTRAP_DIFFERING
      ? [bootstrapInterval(clusters, options)]
      : [studentInterval(clusters, confidence), ...(unlike === 0 ? [exactInterval(clusters, confidence)] : [])];
  return {
    difference,
    low: Math.max(-1, Math.min(difference, ...intervals.map(({ low }) => low))),
    high: Math.min(1, Math.max(difference, ...intervals.map(({ high }) => high))),
    questions: pairs.length,
    clusters: clusters.length,
    better: clusters.filter(({ sum }) => sum > 0).length,
    worse: clusters.filter(({ sum }) => sum < 0).length,
  };
}

/**
 * A percentile interval from a cluster bootstrap: whole clusters are drawn with replacement, and each resample's statistic
 * is the ratio of sums, sum of differences / count of questions, over the clusters drawn.
 *
 * Sources: Efron and Tibshirani, An Introduction to the Bootstrap (1993), section 13.3 (percentile interval); Field
 * and Welsh, Bootstrapping clustered data, J. R. Statist. Soc. B 69 (2007) 369-390 (resampling whole clusters).
 */
function bootstrapInterval(clusters: readonly Cluster[], { confidence, resamples, seed }: IntervalOptions): Interval {
  const sums = Float64Array.from(clusters, ({ sum }) => sum);
  const counts = Float64Array.from(clusters, ({ count }) => count);
  const random = xoroshiro128plus(seed);
  const means = new Float64Array(resamples);
  for (let resample = 0; resample < resamples; resample++) {
    let sum = 0;
    let count = 0;
    for (let draw = 0; draw < clusters.length; draw++) {
      const cluster = uniformInt(random, 0, clusters.length - 1);
      sum += sums[cluster]!;
      count += counts[cluster]!;
    }
    means[resample] = sum / count;
  }
  const sorted = Array.from(means.sort());
  const tail = (1 - confidence) / 2;
  return { low: quantileSorted(sorted, tail), high: quantileSorted(sorted, 1 - tail) };
}

/**
 * Student's t interval of the ratio of sums, linearised, after adding one cluster that is wholly better and one that is wholly
 * worse: what was not seen among few is not ruled out. On yes-or-no answers it agrees with the exact sign test on whether 0
 * is ruled out; one cluster rules out nothing.
 *
 * Source: Bonett and Price, Adjusted Wald confidence interval for a difference of binomial proportions based on paired
 * data, J. Educ. Behav. Stat. 37 (2012) 479-488 (the two added observations), here with t, for clusters.
 */
function studentInterval(clusters: readonly Cluster[], confidence: number): Interval {
  if (clusters.length < 2) return { low: -1, high: 1 };
  const typical = clusters.reduce((total, { count }) => total + count, 0) / clusters.length;
  const added = [...clusters, { sum: typical, count: typical }, { sum: -typical, count: typical }];
  const count = added.reduce((total, one) => total + one.count, 0);
  const centre = added.reduce((total, one) => total + one.sum, 0) / count;
  const squares = added.reduce((total, one) => total + (one.sum - centre * one.count) ** 2, 0);
  const reach = (studentQuantile(0.5 + confidence / 2, clusters.length - 1) * Math.sqrt(squares)) / count;
  return { low: centre - reach, high: centre + reach };
}

/**
 * Where all clusters are alike, Clopper and Pearson's exact bound on the share of clusters that are otherwise, each of them as far
 * as can be (Biometrika 26 (1934) 404-413; for 95% and many clusters a little more than the rule of three).
 */
function exactInterval(clusters: readonly Cluster[], confidence: number): Interval {
  const [{ sum, count }] = clusters as [Cluster];
  const mean = sum / count;
  const otherwise = 1 - ((1 - confidence) / 2) ** (1 / clusters.length);
  return { low: mean - otherwise * (mean + 1), high: mean + otherwise * (1 - mean) };
}

/** Clusters whose mean differs from the one that most clusters have. */
function differing(clusters: readonly Cluster[]): number {
  const sizes = new Map<number, number>();
  for (const { sum, count } of clusters) sizes.set(sum / count, (sizes.get(sum / count) ?? 0) + 1);
  return clusters.length - Math.max(...sizes.values());
}

/** In the order of the clusters' names. */
function sumByCluster(pairs: readonly PairedDifference[]): Cluster[] {
  const byCluster = new Map<string, Cluster>();
  for (const { cluster, difference } of pairs) {
    const entry = byCluster.get(cluster) ?? { sum: 0, count: 0 };
    entry.sum += difference;
    entry.count++;
    byCluster.set(cluster, entry);
  }
  return [...byCluster].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, entry]) => entry);
}
