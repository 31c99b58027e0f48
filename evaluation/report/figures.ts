import {
  baseArmOf,
  closedArmOf,
  ECHO_ARM,
  EXTRACT_ARM,
  INCUMBENT_ARM,
  isPeoples,
  LOOKUP_ARM,
  openArmOf,
  type Comparison,
  type Evaluation,
  type Slice,
  type SuiteResult,
} from '../../schema/evaluation.ts';
import { isQuoteId } from '../../schema/model-ref.ts';

/** The figures of one candidate, read out of an evaluation, and what they mean in words. */

/** One metric of one suite for one candidate: the figures of the report file and of all tables. */
export interface MetricFigures {
  /** Missing for a metric of what answers were given from: the base has no documents. */
  base?: number;
  tuned: number;
  /** What the question itself, as a statement, scores. Missing in evaluations from before there was an echo. */
  echo?: number;
  /** Missing when the run had no lookup arm. */
  lookup?: number;
  /** Missing when no incumbent served. */
  incumbent?: number;
  /** Where answers are given from the documents: the base with them, the candidate without them, and their nearest sentences. */
  baseOpen?: number;
  closed?: number;
  extract?: number;
  /** The run's other candidates, by name. */
  others?: Record<string, number>;
  /** What the candidate scores less each of those that it was compared with, by arm, where there is more than the base. */
  less?: Record<string, { difference: number; low: number; high: number }>;
  /** tuned - base, with its interval; where the base has no figure, tuned less the base with the documents. */
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
export interface FigureRow extends Pick<
  MetricFigures,
  'base' | 'tuned' | 'echo' | 'lookup' | 'incumbent' | 'baseOpen' | 'closed' | 'extract' | 'others'
> {
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
      figureRows(evaluation, suite, candidate).map(
        ({ metric, againstBase: { difference, low, high }, againstIncumbent: _serves, ...scores }) => {
          const less = lessOthers(evaluation, suite, { metric, candidate });
          return [metric, { ...scores, difference, low, high, ...(less && { less }) }];
        },
      ),
    ),
    results: suite.results.uri,
  }));
}

/** A row for each metric that says something of the suite. @throws Error naming who was compared with whom */
export function figureRows(evaluation: Evaluation, suite: SuiteResult, candidate: string): FigureRow[] {
  const base = baseArmOf(evaluation, candidate);
  const scored = {
    echo: ECHO_ARM,
    lookup: LOOKUP_ARM,
    incumbent: INCUMBENT_ARM,
    baseOpen: openArmOf(base),
    closed: closedArmOf(candidate),
    extract: EXTRACT_ARM,
  };
  const incumbents = evaluation.against === INCUMBENT_ARM ? comparisonsOf(suite, candidate, INCUMBENT_ARM) : [];
  const toBase = comparisonsOf(suite, candidate, base);
  const given = suite.comparisons.filter(
    (one) =>
      one.candidate === candidate &&
      one.against === scored.baseOpen &&
      !toBase.some(({ metric }) => metric === one.metric),
  );
  const names = otherCandidates(suite, candidate);
  return [...toBase, ...given].map((againstBase) => {
    const { metric, means } = againstBase;
    const others = names.flatMap((name) => (means[name] === undefined ? [] : [[name, means[name]]]));
    return {
      metric,
      ...(means[base] !== undefined && { base: means[base] }),
      tuned: means[candidate]!,
      ...Object.fromEntries(
        Object.entries(scored).flatMap(([name, arm]) => (means[arm] === undefined ? [] : [[name, means[arm]]])),
      ),
      ...(others.length > 0 && { others: Object.fromEntries(others) as Record<string, number> }),
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
  const names = {
    echo: 'echo',
    lookup: 'lookup',
    extract: 'extract',
    base: 'base',
    baseOpen: 'base with the documents',
    closed: 'tuned without them',
    tuned: wordOf(evaluation, candidate),
  };
  const scores = Object.entries(names).flatMap(([arm, name]) => {
    const score = row[arm as keyof typeof names];
    return score === undefined ? [] : `${name} ${score.toFixed(2)}`;
  });
  const { means } = row.againstBase;
  const others = otherCandidates(suite, candidate).flatMap((name) => [
    ...(means[name] === undefined ? [] : [`${name} ${means[name].toFixed(2)}`]),
    ...(means[closedArmOf(name)] === undefined ? [] : [`without them ${means[closedArmOf(name)]!.toFixed(2)}`]),
  ]);
  const beside = others.length > 0 ? `; ${others.join(', ')}` : '';
  return `${asked}; ${row.metric}: ${scores.join(', ')}${beside}`;
}

/** What a candidate's column is called: what quotes was not tuned, nor was a base under a prompt. */
export const TUNED = 'tuned';
export const QUOTES = 'quotes';
export function wordOf(evaluation: Pick<Evaluation, 'models' | 'bases'>, candidate: string): string {
  const id = evaluation.models[candidate];
  if (id !== undefined && isQuoteId(id)) return QUOTES;
  return id !== undefined && id === evaluation.models[baseArmOf(evaluation, candidate)] ? 'prompted' : TUNED;
}

/** The other candidates of the run, in the order in which they were compared. */
export const otherCandidates = ({ comparisons }: SuiteResult, candidate: string): string[] =>
  [...new Set(comparisons.map((one) => one.candidate))].filter((name) => name !== candidate);

/** Of a run with documents, where a candidate is compared with more than its base. */
function lessOthers(
  evaluation: Evaluation,
  { comparisons }: SuiteResult,
  { metric, candidate }: { metric: string; candidate: string },
): MetricFigures['less'] {
  const base = baseArmOf(evaluation, candidate);
  const others = [openArmOf(base), closedArmOf(candidate), EXTRACT_ARM];
  const found = comparisons.filter(
    (one) => one.metric === metric && one.candidate === candidate && others.includes(one.against),
  );
  if (found.length === 0) return undefined;
  return Object.fromEntries(found.map(({ against, difference, low, high }) => [against, { difference, low, high }]));
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
