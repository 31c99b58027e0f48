import type { GateConfig } from '../../configs/schema.ts';
import { ECHO_ARM, referenceArmOf, type Comparison, type Evaluation } from '../../schema/evaluation.ts';
import { describe, findComparison, findSuite, score, signed, TOLERANCE, unsigned } from './figures.ts';
import { judgeCorrections, ownMetricHolds } from './corrections.ts';
import type { Check } from './check.ts';
import { checkPeoplesQuestions, checkQuoting } from './people.ts';
import { warnOfScores } from './warnings.ts';
import type { Calibration } from '../schema.ts';

/** What the gate asks of a candidate, one function for each thing. Pure. */

export type KnownCalibration = Pick<Calibration, 'judge' | 'version' | 'kappa' | 'labels'>;

export interface GateInput {
  evaluation: Evaluation;
  gate: GateConfig;
  candidate: string;
  /** What is known of the judges, where the gate asks for calibrated ones. */
  calibrations?: readonly KnownCalibration[];
  /** Whether it holds where people's questions are not asked, or answered no better than by an echo: see needsPeoplesQuestions. */
  askPeople?: boolean;
}

/** All that the gate asks of a candidate, on the gate's suite. @throws Error as findSuite and findComparison */
export function checksOf(input: GateInput): { suite: string; checks: Check[] } {
  const { evaluation, gate, candidate, calibrations = [], askPeople = false } = input;
  const { metric, minUplift, minClusters, confidence } = gate;
  const suite = findSuite(evaluation, gate.suite).name;
  const against = referenceArmOf(evaluation, candidate);
  const compared = (suiteName: string, of: string, other: string): Comparison | undefined =>
    findComparison({ evaluation, suiteName, metric: of, candidate, against: other, confidence });
  // A version that is evaluated on other suites than its config's leaves some out, and some metrics.
  const says = (suiteName: string, of: string): boolean =>
    evaluation.suites.some(({ name }) => name === suiteName) &&
    evaluation.suites.some(({ comparisons }) => comparisons.some((one) => one.metric === of));
  const comparison = compared(suite, metric, against);
  const enough = (comparison?.clusters ?? 0) >= minClusters;
  const corrections = judgeCorrections(input);
  const uplift = checkUplift({ comparison, suite, metric, minUplift });
  const isCorrection =
    uplift.outcome === 'unproven' &&
    comparison !== undefined &&
    corrections?.promotes &&
    ownMetricHolds({ corrections: evaluation.corrections, comparison, suite, margin: gate.corrections.margin });
  const checks: Check[] = [
    isCorrection
      ? { outcome: 'passed', reason: `${uplift.reason}: enough for a correction, which is not worse` }
      : uplift,
    ...(corrections?.reasons ?? []).map(({ reason, holds }): Check => ({
      outcome: holds ? 'unproven' : 'passed',
      reason,
    })),
    ...gate.guardrails.map(({ suite: guarded = suite, ...guardrail }) =>
      checkGuardrail({
        ...guardrail,
        comparison: says(guarded, guardrail.metric) ? compared(guarded, guardrail.metric, against) : undefined,
        suite: guarded,
      }),
    ),
    ...checkSize({ comparison, suite, minClusters }),
    checkEcho({ comparison: compared(suite, metric, ECHO_ARM), suite, enough }),
    ...(askPeople ? checkPeoplesQuestions(input) : []),
    ...checkQuoting(input),
    ...checkCalibrations({ evaluation, gate, calibrations }),
    ...warnOfScores({ evaluation, metric, candidate, against }).map((reason): Check => ({
      outcome: 'passed',
      reason: `warning: ${reason}`,
    })),
  ];
  return { suite, checks };
}

const silent = (metric: string, suite: string): Check => ({
  outcome: 'unproven',
  reason: `${metric} on ${suite}: no question there says anything of it`,
});

function checkUplift(options: {
  comparison: Comparison | undefined;
  suite: string;
  metric: string;
  minUplift: number;
}): Check {
  const { comparison, suite, metric, minUplift } = options;
  if (!comparison) return silent(metric, suite);
  const { difference, low, high } = comparison;
  const figures = `${describe(comparison, suite)}; asked at least ${signed(minUplift)}`;
  if (high < -TOLERANCE) return { outcome: 'worse', reason: `${figures}: worse, the whole interval is below 0` };
  const faults = [
    ...(difference < minUplift - TOLERANCE ? ['less than asked'] : []),
    ...(low <= TOLERANCE ? ['the interval does not lie above 0'] : []),
  ];
  if (faults.length > 0) return { outcome: 'unproven', reason: `${figures}: ${faults.join(', and ')}` };
  return { outcome: 'passed', reason: figures };
}

/**
 * By interval a drop must be ruled out, or nothing got worse: no number of equal answers rules out every drop. By count the mean
 * fell by no more than allowed.
 */
function checkGuardrail(
  options: GateConfig['guardrails'][number] & { comparison: Comparison | undefined; suite: string },
): Check {
  const { comparison, suite, metric, maxDrop, by } = options;
  if (!comparison) return silent(`guardrail ${metric}`, suite);
  const { difference, low, high, worse, clusters } = comparison;
  const asked = maxDrop === 0 ? 'may not drop' : `may drop by at most ${unsigned(maxDrop)}`;
  const figures = `guardrail ${describe(comparison, suite)}; ${asked}`;
  if (high < -maxDrop - TOLERANCE) return { outcome: 'worse', reason: `${figures}: it dropped by more` };
  const fell = worse ? `, worse on ${worse} of ${clusters}` : '';
  if (difference < -maxDrop - TOLERANCE) return { outcome: 'unproven', reason: `${figures}: it dropped${fell}` };
  if (by === 'count' || low >= -maxDrop - TOLERANCE) return { outcome: 'passed', reason: `${figures}${fell}` };
  if (worse === 0) return { outcome: 'passed', reason: `${figures}; worse on none of ${clusters}` };
  return { outcome: 'unproven', reason: `${figures}: the interval does not rule out a larger drop${fell}` };
}

/** Phrasings of one fact are one observation, so facts are what is counted. */
function checkSize(options: { comparison: Comparison | undefined; suite: string; minClusters: number }): Check[] {
  const { comparison, suite, minClusters } = options;
  const clusters = comparison?.clusters ?? 0;
  if (clusters >= minClusters) return [];
  const reason = `too few facts: ${clusters} of ${minClusters} on ${suite} (gate.minClusters)`;
  return [{ outcome: 'unproven', reason }];
}

/** A candidate that says no more than the questions themselves do has learnt nothing. With too few facts that is not known either. */
function checkEcho(options: { comparison: Comparison | undefined; suite: string; enough: boolean }): Check {
  const { comparison, suite, enough } = options;
  if (!comparison) return { outcome: 'unproven', reason: `${suite} was not put to the echo: run it again` };
  const { candidate, difference, low, means } = comparison;
  const scores = `${score(means[candidate])}, the questions repeated as statements ${score(means[ECHO_ARM])}`;
  const figures = `${describe(comparison, suite)} (${scores})`;
  if (difference > TOLERANCE && low > TOLERANCE) return { outcome: 'passed', reason: figures };
  const fault = difference > TOLERANCE ? 'not surely better than an echo' : 'no better than an echo';
  return { outcome: enough ? 'worse' : 'unproven', reason: `${figures}: ${fault}` };
}

/** A judge whose version changed is uncalibrated until it is measured again; agreement on a few labels says as little as a few facts. */
function checkCalibrations(input: {
  evaluation: Evaluation;
  gate: GateConfig;
  calibrations: readonly KnownCalibration[];
}): Check[] {
  const { evaluation, gate, calibrations } = input;
  const { minKappa, minClusters } = gate;
  if (minKappa === undefined) return [];
  const metrics = [gate.metric, ...gate.guardrails.map(({ metric }) => metric)];
  return [...new Set(metrics)].map((metric): Check => {
    const judge = evaluation.judges[metric];
    if (!judge) return { outcome: 'unproven', reason: `judge of ${metric}: its version is not known` };
    const known = calibrations.filter(({ judge: name }) => name === judge.name);
    const found = known.find(({ version }) => version === judge.version);
    const fix = `calibrate it: npx whetstone judges calibrate ${metric} LABELS.jsonl`;
    const subject = `judge of ${metric}, ${judge.name} version ${judge.version}`;
    if (!found) {
      const other = known.length > 0 ? `, only version ${known[0]?.version} was` : '';
      return { outcome: 'unproven', reason: `${subject}: not calibrated${other}; ${fix}` };
    }
    const figures = `${subject}: kappa ${found.kappa.toFixed(2)} with people on ${found.labels} labels; asked at least ${minKappa}`;
    if (found.labels < minClusters)
      return { outcome: 'unproven', reason: `${figures} on ${minClusters} labels: too few` };
    return { outcome: found.kappa >= minKappa - TOLERANCE ? 'passed' : 'unproven', reason: figures };
  });
}
