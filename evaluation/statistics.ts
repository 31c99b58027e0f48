import { uniformInt } from 'pure-rand/distribution/uniformInt';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import { quantileSorted } from 'simple-statistics';

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
}

/**
 * Mean paired difference with a percentile interval from a cluster bootstrap: whole clusters (facts) are drawn with
 * replacement, and each resample's statistic is the ratio of sums, sum of differences / count of questions, over the
 * clusters drawn. Phrasings of one fact rise and fall together, so they are one observation: resampling questions
 * would make four copies of a fact look like four facts and narrow the interval by half.
 *
 * Sources: Efron and Tibshirani, An Introduction to the Bootstrap (1993), section 13.3 (percentile interval); Field
 * and Welsh, Bootstrapping clustered data, J. R. Statist. Soc. B 69 (2007) 369-390 (resampling whole clusters).
 * The interval is somewhat too narrow below about 30 clusters.
 *
 * The same pairs in any order of clusters, and the same seed, give the same numbers.
 */
export function clusterBootstrap({
  pairs,
  confidence,
  resamples,
  seed,
}: {
  pairs: readonly PairedDifference[];
  /** 0.95 for a 95% interval. */
  confidence: number;
  resamples: number;
  seed: number;
}): DifferenceInterval {
  if (pairs.length === 0) throw new Error('no paired answers to compare; expected at least one question');
  const { sums, counts } = sumByCluster(pairs);
  const clusters = sums.length;

  const random = xoroshiro128plus(seed);
  const means = new Float64Array(resamples);
  for (let resample = 0; resample < resamples; resample++) {
    let sum = 0;
    let count = 0;
    for (let draw = 0; draw < clusters; draw++) {
      const cluster = uniformInt(random, 0, clusters - 1);
      sum += sums[cluster]!;
      count += counts[cluster]!;
    }
    means[resample] = sum / count;
  }

  const sorted = Array.from(means.sort());
  const tail = (1 - confidence) / 2;
  return {
    difference: total(sums) / pairs.length,
    low: quantileSorted(sorted, tail),
    high: quantileSorted(sorted, 1 - tail),
    questions: pairs.length,
    clusters,
  };
}

/** Sum and count of differences of each cluster, in the order of the clusters' names. */
function sumByCluster(pairs: readonly PairedDifference[]): { sums: Float64Array; counts: Float64Array } {
  const byCluster = new Map<string, { sum: number; count: number }>();
  for (const { cluster, difference } of pairs) {
    const entry = byCluster.get(cluster) ?? { sum: 0, count: 0 };
    entry.sum += difference;
    entry.count++;
    byCluster.set(cluster, entry);
  }
  const ordered = [...byCluster].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, entry]) => entry);
  return {
    sums: Float64Array.from(ordered, ({ sum }) => sum),
    counts: Float64Array.from(ordered, ({ count }) => count),
  };
}

function total(numbers: Float64Array): number {
  let sum = 0;
  for (const number of numbers) sum += number;
  return sum;
}
