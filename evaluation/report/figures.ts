import {
  baseArmOf,
  ECHO_ARM,
  INCUMBENT_ARM,
  isPeoples,
  LOOKUP_ARM,
  type Comparison,
  type Evaluation,
  type Slice,
  type SuiteResult,
} from '../../schema/evaluation.ts';

/** The figures of one candidate, read out of an evaluation, and what they mean in words. */

/** One metric of one suite for one candidate: the figures of the report file and of all tables. */
export interface MetricFigures {
  base: number;
  tuned: number;
  /** What the question itself, as a statement, scores. Missing in evaluations from before there was an echo. */
  echo?: number;
  /** Missing when the run had no lookup arm. */
  lookup?: number;
  /** Missing when no incumbent served. */
  incumbent?: number;
  /** tuned - base, with its interval. */
  difference: number;
  low: number;
  high: number;
}

export interface SuiteFigures {
  name: string;
  questions: number;
  /** Of people's questions: how many ask for facts that training has taught, and how many for new ones. */
  taught?: { known: number; new: number };
  /** What they mean, in one line. */
  meaning: string;
  metrics: Record<string, MetricFigures>;
  /** Means of each arm over parts of the suite. */
  slices?: Slice[];
  /** URI of the Parquet file with a row for each question and arm. */
  results: string;
}

/** One metric of one suite, for a table. */
export interface FigureRow extends Pick<MetricFigures, 'base' | 'tuned' | 'echo' | 'lookup' | 'incumbent'> {
  metric: string;
  againstBase: Comparison;
  againstIncumbent: Comparison | undefined;
}

export const NO_PEOPLE =
  "No suite has questions that people wrote: nothing here says how people's own questions are answered.";

/**
 * Figures of one candidate against its base, by suite and metric.
 * @throws Error when a suite has no comparison of the candidate with its base
 */
export function suiteFigures(evaluation: Evaluation, candidate: string): SuiteFigures[] {
  return evaluation.suites.map((suite) => ({
    name: suite.name,
    questions: suite.questions,
    ...(suite.taught && { taught: suite.taught }),
    ...(suite.slices && { slices: suite.slices }),
    meaning: meaningOf(evaluation, suite, candidate),
    metrics: Object.fromEntries(
      figureRows(evaluation, suite, candidate).map(({ metric, base, tuned, echo, lookup, incumbent, againstBase }) => [
        metric,
        {
          base,
          tuned,
          ...(echo !== undefined && { echo }),
          ...(lookup !== undefined && { lookup }),
          ...(incumbent !== undefined && { incumbent }),
          difference: againstBase.difference,
          low: againstBase.low,
          high: againstBase.high,
        },
      ]),
    ),
    results: suite.results.uri,
  }));
}

/** A row for each metric that says something of the suite. @throws Error naming who was compared with whom */
export function figureRows(evaluation: Evaluation, suite: SuiteResult, candidate: string): FigureRow[] {
  const base = baseArmOf(evaluation, candidate);
  const incumbents = evaluation.against === INCUMBENT_ARM ? comparisonsOf(suite, candidate, INCUMBENT_ARM) : [];
  return comparisonsOf(suite, candidate, base).map((againstBase) => {
    const { metric, means } = againstBase;
    return {
      metric,
      base: means[base]!,
      tuned: means[candidate]!,
      ...(ECHO_ARM in means && { echo: means[ECHO_ARM]! }),
      ...(LOOKUP_ARM in means && { lookup: means[LOOKUP_ARM]! }),
      ...(INCUMBENT_ARM in means && { incumbent: means[INCUMBENT_ARM]! }),
      againstBase,
      againstIncumbent: incumbents.find((other) => other.metric === metric),
    };
  });
}

/**
 * What the figures of a suite mean, in one line: what its questions ask, of how many facts, and what costs nothing scores beside
 * the models: by expected facts where the suite has some, else on its first metric.
 */
export function meaningOf(evaluation: Evaluation, suite: SuiteResult, candidate: string): string {
  const rows = figureRows(evaluation, suite, candidate);
  const row = rows.find(({ metric }) => metric === 'facts') ?? rows[0];
  const asked = whatIsAsked(suite, rows[0]?.againstBase.clusters ?? suite.questions);
  if (!row) return asked;
  const scores = (['echo', 'lookup', 'base', 'tuned'] as const).flatMap((arm) =>
    row[arm] === undefined ? [] : `${arm} ${row[arm].toFixed(2)}`,
  );
  return `${asked}; ${row.metric}: ${scores.join(', ')}`;
}

/** A suite without marks is the test split, or an old evaluation's file, which only says of itself what it asks. */
function whatIsAsked(suite: SuiteResult, facts: number): string {
  const { taught, declares } = suite;
  if (!isPeoples(suite)) return `new wordings of ${facts} known facts`;
  if (!taught) return declares === 'new facts' ? `people's questions, said to ask new facts` : `people's questions`;
  const asked = [
    ...(taught.known > 0 ? [`${taught.known} on known facts in other words`] : []),
    ...(taught.new > 0 ? [`${taught.new} on new facts`] : []),
  ];
  return `people's questions, ${asked.join(' and ')}`;
}

function comparisonsOf(suite: SuiteResult, candidate: string, against: string): Comparison[] {
  const found = suite.comparisons.filter((other) => other.candidate === candidate && other.against === against);
  if (found.length > 0) return found;
  const known = [...new Set(suite.comparisons.map((other) => `${other.candidate} against ${other.against}`))];
  throw new Error(
    `suite ${suite.name}: no comparison of ${candidate} against ${against}; known: ${known.join(', ') || 'none'}`,
  );
}
