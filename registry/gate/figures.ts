import { decimals } from '../../common/figure-text.ts';
import type { Comparison, Evaluation, SuiteResult } from '../../schema/evaluation.ts';

/** The figures that the gate reads out of an evaluation, and how it writes them. Pure. */

/** Differences smaller than this are rounding: a drop of 0.3 - 0.25 must equal one of 0.05. */
export const TOLERANCE = 1e-9;

/** @throws Error naming the known suites */
export function findSuite(evaluation: Evaluation, name: string): SuiteResult {
  const suite = evaluation.suites.find((other) => other.name === name);
  if (suite) return suite;
  const known = evaluation.suites.map((other) => other.name).join(', ') || 'none';
  throw new Error(`gate.suite: no suite ${JSON.stringify(name)} in the evaluation; known: ${known}`);
}

/** A candidate against another arm on one metric of a suite; undefined where there is no such comparison. */
export function comparisonOf(
  { comparisons }: Pick<SuiteResult, 'comparisons'>,
  { metric, candidate, against }: Pick<Comparison, 'metric' | 'candidate' | 'against'>,
): Comparison | undefined {
  return comparisons.find(
    (other) => other.metric === metric && other.candidate === candidate && other.against === against,
  );
}

/**
 * A candidate against another arm on one metric of one suite; undefined where the metric says nothing of the suite, or nobody was
 * compared with that arm.
 * @throws Error when the evaluation lacks the suite, the candidate or, on every suite, the metric
 */
export function findComparison(options: {
  evaluation: Evaluation;
  suiteName: string;
  metric: string;
  candidate: string;
  against: string;
  confidence: number;
}): Comparison | undefined {
  const { evaluation, suiteName, metric, candidate, against, confidence } = options;
  const suite = findSuite(evaluation, suiteName);
  const known = evaluation.suites.flatMap(({ comparisons }) => comparisons);
  if (!known.some((other) => other.metric === metric && other.candidate === candidate)) {
    const names = known.map((other) => `${other.metric} of ${other.candidate} against ${other.against}`);
    throw new Error(
      `gate: no comparison of metric ${JSON.stringify(metric)} of candidate ${JSON.stringify(candidate)} against ` +
        `${against} on suite ${suite.name}; known: ${names.join(', ') || 'none'}`,
    );
  }
  const found = comparisonOf(suite, { metric, candidate, against });
  if (found && Math.abs(found.confidence - confidence) > TOLERANCE) {
    throw new Error(
      `gate.confidence: asked ${confidence}, found an interval of ${found.confidence} for ${metric} on suite ` +
        `${suite.name}; evaluate again with the confidence that the gate asks`,
    );
  }
  return found;
}

/** `correctness on test: +0.71 (95% interval 0.66 to 0.76) against base` */
export function describe({ metric, difference, low, high, confidence, against }: Comparison, suite: string): string {
  const percent = Number((confidence * 100).toFixed(2));
  return `${metric} on ${suite}: ${signed(difference)} (${percent}% interval ${unsigned(low)} to ${unsigned(high)}) against ${against}`;
}

/** Three decimals, or two where the third is 0; more where it would look like 0. */
export const unsigned = (number: number): string => decimals(number, 3).replace(/(\.\d\d)0$/, '$1');

export function signed(number: number): string {
  const text = unsigned(number);
  return text.startsWith('-') ? text : `+${text}`;
}

/** A mean, as tables have it; `-` where there is none. */
export const score = (mean: number | undefined): string => (mean === undefined ? '-' : mean.toFixed(2));
