import { isQuote, type RunConfig } from '../../configs/schema.ts';
import type { CompareResult } from '../../contract/model-stages.ts';
import { createMetric } from '../../judges/index.ts';
import { SAYS_FORBIDDEN } from '../../judges/rules/facts.ts';
import {
  baseArmOf,
  closedArmOf,
  ECHO_ARM,
  EXTRACT_ARM,
  INCUMBENT_ARM,
  openArmOf,
  type Answer,
  type Comparison,
  type Evaluation,
  type SuiteRef,
  type SuiteResult,
} from '../../schema/evaluation.ts';
import { compareArms } from './compare.ts';
import { slicesOf } from './slices.ts';

/** The metric that is 1 where an answer says nothing of what it must not. */
const MUST_NOT = 'must-not';

/** What the answers to one suite say, without the file that they are kept in. */
export type MeasuredSuite = Omit<SuiteResult, 'results'> & {
  /** Who measured, by metric. */
  judges: Evaluation['judges'];
  /** One question, on the suite that the gate decides on. */
  sample: CompareResult['sample'];
};

/**
 * Compares each candidate with its base, with what serves and with the echo, where those answered.
 * @param options.rows answers of all arms
 * @param options.bases arm of each candidate's own base, where the run has several
 */
export function measureSuite(options: {
  config: RunConfig;
  suite: SuiteRef;
  rows: readonly Answer[];
  bases: Record<string, string> | undefined;
  /** What the documents did to each question, where some changed. */
  documents?: ReadonlyMap<string, string> | undefined;
}): MeasuredSuite {
  const { config, suite, rows, bases, documents } = options;
  const { metrics, resamples } = config.evaluation;
  const { suite: decisive, metric, confidence } = config.gate;
  const candidates = config.candidates.map(({ name }) => name);
  const answered = new Set(rows.map(({ arm }) => arm));
  const comparisons = compareArms({
    answers: rows,
    metrics,
    candidates,
    against: (candidate) => {
      const base = baseArmOf({ bases }, candidate);
      return [base, ...othersOf({ config, candidate, base }).filter((arm) => answered.has(arm))];
    },
    confidence,
    resamples,
    seed: config.seed,
  });
  const { name, askedBy, declares, taught, merged } = suite;
  const slices = slicesOf({ answers: rows, metrics, by: config.evaluation.sliceBy ?? [], documents });
  const shown = bestOf(comparisons, metric) ?? candidates[0] ?? '';
  return {
    name,
    ...(askedBy && { askedBy }),
    declares,
    questions: new Set(rows.map((row) => row.questionId)).size,
    comparisons,
    ...(taught && { taught }),
    ...(merged !== undefined && { merged }),
    ...(slices.length > 0 && { slices }),
    ...(metrics.includes(MUST_NOT) && { forbidden: forbiddenOf(rows) }),
    judges: judgesOf(rows),
    sample:
      name === decisive ? pickSample(rows, { candidate: shown, baseArm: baseArmOf({ bases }, shown), metric }) : null,
  };
}

/** Who else a candidate is compared with, where they answered. What quotes is the extract, or more or less of it; a prompt's model is the base. */
function othersOf(options: { config: RunConfig; candidate: string; base: string }): string[] {
  const { config, candidate, base } = options;
  const quotes = config.candidates.some((one) => one.name === candidate && isQuote(one));
  return [INCUMBENT_ARM, ECHO_ARM, openArmOf(base), ...(quotes ? [] : [closedArmOf(candidate), EXTRACT_ARM])];
}

/** Answers of each arm that say what they must not. */
function forbiddenOf(rows: readonly Answer[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { arm, judgements } of rows) {
    const judged = judgements.find(({ judge }) => judge === MUST_NOT);
    if (judged) counts[arm] = (counts[arm] ?? 0) + Number(judged.label === SAYS_FORBIDDEN);
  }
  return counts;
}

/** Each metric's judge, in the version that judged first. */
function judgesOf(rows: readonly Answer[]): Evaluation['judges'] {
  const judges: Evaluation['judges'] = {};
  for (const { judge: metric, version } of rows.flatMap(({ judgements }) => judgements))
    judges[metric] ??= { name: createMetric(metric).name, version };
  return judges;
}

/** The candidate that scores best on a metric, the first of equals: the one that the gate looks at first. */
function bestOf(comparisons: readonly Comparison[], metric: string): string | undefined {
  const score = ({ means, candidate }: Comparison) => means[candidate] ?? 0;
  const measured = comparisons.filter((comparison) => comparison.metric === metric);
  return measured.toSorted((a, b) => score(b) - score(a))[0]?.candidate;
}

/** The first question that a candidate answers right by the gate's metric: what a person wants to see, with where it comes from. */
function pickSample(
  rows: readonly Answer[],
  { candidate, baseArm, metric }: { candidate: string; baseArm: string; metric: string },
): CompareResult['sample'] {
  const right = (row: Answer) => row.judgements.some((j) => j.judge === metric && j.score === 1);
  const tuned = rows.filter((row) => row.arm === candidate).sort((a, b) => (a.questionId < b.questionId ? -1 : 1));
  const chosen = tuned.find(right) ?? tuned[0];
  const base = rows.find((row) => row.arm === baseArm && row.questionId === chosen?.questionId);
  if (!chosen || !base) return null;
  const { question, reference, answer, citations = [] } = chosen;
  const nearest = citations.toSorted((a, b) => b.score - a.score)[0];
  const { title, place, text } = nearest ?? {};
  return {
    question,
    reference,
    base: base.answer,
    tuned: answer,
    candidate,
    ...(title !== undefined &&
      text !== undefined && { source: { title, ...(place !== undefined && { place }), text } }),
  };
}
