import type { GateConfig } from '../configs/schema.ts';
import type { Calibration } from './schema.ts';
import type { Comparison, Evaluation, GateDecision, SuiteResult } from '../evaluation/types.ts';

/** The rule that turns an evaluation into promote, hold or reject. Pure: it reads figures, it computes none. */

/** Differences smaller than this are rounding: a drop of 0.3 - 0.25 must equal one of 0.05. */
const TOLERANCE = 1e-9;

export interface GateInput {
  evaluation: Evaluation;
  gate: GateConfig;
  candidate: string;
  /** What is known of the judges, where the gate asks for calibrated ones. */
  calibrations?: readonly KnownCalibration[];
}

export type KnownCalibration = Pick<Calibration, 'judge' | 'version' | 'kappa' | 'labels'>;

export interface GatePick {
  /** Decision on the candidate to go on with. */
  chosen: GateDecision;
  /** Decisions on all candidates, in their given order. */
  decisions: GateDecision[];
}

/**
 * Decides on one candidate, against the incumbent where one serves and else against base, on the gate's suite.
 * promote: the metric's difference is at least minUplift, its lower bound is above 0, and every guardrail's lower bound
 * is at least -maxDrop. reject: the candidate is surely worse, the metric's upper bound below 0 or a guardrail's below
 * -maxDrop. hold: anything else, and where the gate asks for a kappa, when the judge of a metric has none so high in the
 * version that judged.
 * @throws Error naming what is known, when the evaluation lacks the suite, a metric or the candidate
 */
export function decideGate({ evaluation, gate, candidate, calibrations = [] }: GateInput): GateDecision {
  const suite = findSuite(evaluation, gate.suite);
  const find = (metric: string) => findComparison({ evaluation, suite, metric, candidate, gate });
  const checks = [
    checkUplift({ comparison: find(gate.metric), suite: suite.name, minUplift: gate.minUplift }),
    ...gate.guardrails.map(({ metric, maxDrop }) =>
      checkGuardrail({ comparison: find(metric), suite: suite.name, maxDrop }),
    ),
    ...checkCalibrations({ evaluation, gate, calibrations }),
  ];
  const decision = checks.some(({ outcome }) => outcome === 'worse')
    ? 'reject'
    : checks.every(({ outcome }) => outcome === 'passed')
      ? 'promote'
      : 'hold';
  return { decision, suite: suite.name, candidate, reasons: checks.map(({ reason }) => reason) };
}

/**
 * Picks among several candidates: of those that promote the one with the largest difference on the gate's metric; when
 * none does, the one with the largest difference, with its hold or reject. Equal ones: the first given.
 */
export function pickCandidate({
  evaluation,
  gate,
  candidates,
  calibrations = [],
}: Omit<GateInput, 'candidate'> & { candidates: readonly string[] }): GatePick {
  const suite = findSuite(evaluation, gate.suite);
  const decided = candidates.map((candidate) => ({
    decision: decideGate({ evaluation, gate, candidate, calibrations }),
    difference: findComparison({ evaluation, suite, metric: gate.metric, candidate, gate }).difference,
  }));
  const promoted = decided.filter(({ decision }) => decision.decision === 'promote');
  const best = (promoted.length > 0 ? promoted : decided).reduce<(typeof decided)[number] | undefined>(
    (leader, other) => (leader && leader.difference >= other.difference - TOLERANCE ? leader : other),
    undefined,
  );
  if (!best) throw new Error('gate: no candidates to decide on; expected at least one');
  return { chosen: best.decision, decisions: decided.map(({ decision }) => decision) };
}

interface Check {
  outcome: 'passed' | 'unproven' | 'worse';
  reason: string;
}

function checkUplift({
  comparison,
  suite,
  minUplift,
}: {
  comparison: Comparison;
  suite: string;
  minUplift: number;
}): Check {
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

function checkGuardrail({
  comparison,
  suite,
  maxDrop,
}: {
  comparison: Comparison;
  suite: string;
  maxDrop: number;
}): Check {
  const { low, high } = comparison;
  const asked = maxDrop === 0 ? 'may not drop' : `may drop by at most ${unsigned(maxDrop)}`;
  const figures = `guardrail ${describe(comparison, suite)}; ${asked}`;
  if (high < -maxDrop - TOLERANCE) return { outcome: 'worse', reason: `${figures}: it dropped by more` };
  if (low >= -maxDrop - TOLERANCE) return { outcome: 'passed', reason: figures };
  return { outcome: 'unproven', reason: `${figures}: the interval does not rule out a larger drop` };
}

/** A judge whose version changed is uncalibrated until it is measured again. */
function checkCalibrations(input: {
  evaluation: Evaluation;
  gate: GateConfig;
  calibrations: readonly KnownCalibration[];
}): Check[] {
  const { evaluation, gate, calibrations } = input;
  const { minKappa } = gate;
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
    return { outcome: found.kappa >= minKappa - TOLERANCE ? 'passed' : 'unproven', reason: figures };
  });
}

function findSuite(evaluation: Evaluation, name: string): SuiteResult {
  const suite = evaluation.suites.find((other) => other.name === name);
  if (suite) return suite;
  const known = evaluation.suites.map((other) => other.name).join(', ') || 'none';
  throw new Error(`gate.suite: no suite ${JSON.stringify(name)} in the evaluation; known: ${known}`);
}

function findComparison({
  evaluation: { against },
  suite,
  metric,
  candidate,
  gate,
}: GateInput & { suite: SuiteResult; metric: string }): Comparison {
  const found = suite.comparisons.find(
    (other) => other.metric === metric && other.candidate === candidate && other.against === against,
  );
  if (!found) {
    const known = suite.comparisons.map((other) => `${other.metric} of ${other.candidate} against ${other.against}`);
    throw new Error(
      `gate: no comparison of metric ${JSON.stringify(metric)} of candidate ${JSON.stringify(candidate)} against ` +
        `${against} on suite ${suite.name}; known: ${known.join(', ') || 'none'}`,
    );
  }
  if (Math.abs(found.confidence - gate.confidence) > TOLERANCE) {
    throw new Error(
      `gate.confidence: asked ${gate.confidence}, found an interval of ${found.confidence} for ${metric} on suite ` +
        `${suite.name}; evaluate again with the confidence that the gate asks`,
    );
  }
  return found;
}

function describe({ metric, difference, low, high, confidence, against }: Comparison, suite: string): string {
  const percent = Number((confidence * 100).toFixed(2));
  return `${metric} on ${suite}: ${signed(difference)} (${percent}% interval ${unsigned(low)} to ${unsigned(high)}) against ${against}`;
}

/** Up to three decimals, at least two; never a negative zero. */
function unsigned(number: number): string {
  const text = number.toFixed(3).replace(/0$/, '');
  return /^-0\.0+$/.test(text) ? text.slice(1) : text;
}

function signed(number: number): string {
  const text = unsigned(number);
  return text.startsWith('-') ? text : `+${text}`;
}
