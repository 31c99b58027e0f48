import type { RunConfig, StagePolicy } from '../configs/schema.ts';
import { referenceArmOf, type GateDecision } from '../schema/evaluation.ts';
import { checksOf, type GateInput } from './gate/checks.ts';
import { policyApprovals } from './overrides.ts';
import { findComparison, TOLERANCE } from './gate/figures.ts';
import { factsForPeople } from './gate/people.ts';

/** The rule that turns an evaluation into promote, hold or reject. Pure: it reads figures, it computes none. */

export interface GatePick {
  /** Decision on the candidate to go on with. */
  chosen: GateDecision;
  /** Decisions on all candidates, in their given order. */
  decisions: GateDecision[];
}

/**
 * Decides on one candidate, against what serves and else against its own base, on the gate's suite.
 * reject: it is surely worse (the metric's upper bound below 0, or a guardrail's below -maxDrop), or it does not surely beat the
 * echo. promote: the metric's difference is at least minUplift, its lower bound is above 0, and every guardrail holds. hold:
 * anything else, and where there are fewer facts than minClusters, where people's questions are asked for and there are none, and
 * where the gate asks for a kappa that a metric's judge has not reached in the version that judged.
 * @throws Error naming what is known, when the evaluation lacks the suite, a metric or the candidate
 */
export function decideCandidate(input: GateInput): GateDecision {
  const { suite, checks } = checksOf(input);
  const decision = checks.some(({ outcome }) => outcome === 'worse')
    ? 'reject'
    : checks.every(({ outcome }) => outcome === 'passed')
      ? 'promote'
      : 'hold';
  return { decision, suite, candidate: input.candidate, reasons: checks.map(({ reason }) => reason) };
}

/** Of the reasons for a decision, those that kept the candidate from being promoted, the gravest alone. */
export function faultsOf(input: GateInput): string[] {
  const { checks } = checksOf(input);
  const [worse, unproven] = (['worse', 'unproven'] as const).map((outcome) =>
    checks.filter((check) => check.outcome === outcome).map(({ reason }) => reason),
  );
  return worse && worse.length > 0 ? worse : (unproven ?? []);
}

/**
 * Picks among several candidates. Of those that promote, and so are no less safe: the one whose answers to people's questions say most
 * of what is expected, where every one was asked such questions, else the one that scores best on the gate's metric. When none
 * does, the best of all by that metric, with its hold or reject. Equal ones: the first given. Differences from several
 * bases would not compare.
 */
export function pickCandidate({
  candidates,
  ...input
}: Omit<GateInput, 'candidate'> & { candidates: readonly string[] }): GatePick {
  const { evaluation, gate } = input;
  const decided = candidates.map((candidate) => {
    const against = referenceArmOf(evaluation, candidate);
    const [suiteName, { metric, confidence }] = [gate.suite, gate];
    const found = findComparison({ evaluation, suiteName, metric, candidate, against, confidence });
    return {
      decision: decideCandidate({ ...input, candidate }),
      score: found?.means[candidate] ?? 0,
      facts: factsForPeople(evaluation, candidate),
    };
  });
  const promoted = decided.filter(({ decision }) => decision.decision === 'promote');
  const byPeople = promoted.length > 0 && promoted.every(({ facts }) => facts !== undefined);
  const scoreOf = ({ score, facts }: (typeof decided)[number]) => (byPeople ? (facts ?? 0) : score);
  const best = (promoted.length > 0 ? promoted : decided).reduce<(typeof decided)[number] | undefined>(
    (leader, other) => (leader && scoreOf(leader) >= scoreOf(other) - TOLERANCE ? leader : other),
    undefined,
  );
  if (!best) throw new Error('gate: no candidates to decide on; expected at least one');
  return { chosen: best.decision, decisions: decided.map(({ decision }) => decision) };
}

/**
 * Whether a run's gate holds where no suite has people's questions: the alias's policy asks for the gate's yes, nobody is asked to
 * approve, and the config does not say otherwise.
 */
export function needsPeoplesQuestions(
  { gate, promote }: Pick<RunConfig, 'gate' | 'promote'>,
  policy: StagePolicy | undefined,
): boolean {
  if (gate.withoutPeoplesQuestions === 'allow' || !policy?.evidence.includes('gate-promote')) return false;
  return Math.max(policyApprovals(policy), promote.approvals) === 0;
}
