import Table from 'cli-table3';
import {
  BASE_ARM,
  INCUMBENT_ARM,
  LOOKUP_ARM,
  type Comparison,
  type Evaluation,
  type GateDecision,
  type SuiteResult,
} from './types.ts';

/** An evaluation for people: a table for the terminal and markdown for the workflow's page. */

/** One metric of one suite for one candidate: the figures of the report file and of both tables. */
export interface MetricFigures {
  base: number;
  tuned: number;
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
  metrics: Record<string, MetricFigures>;
  /** URI of the Parquet file with a row for each question and arm. */
  results: string;
}

/**
 * Figures of one candidate against base, by suite and metric.
 * @throws Error when a suite has no comparison of the candidate with base
 */
export function suiteFigures(evaluation: Evaluation, candidate: string): SuiteFigures[] {
  return evaluation.suites.map((suite) => ({
    name: suite.name,
    questions: suite.questions,
    metrics: Object.fromEntries(
      comparisonsOf(suite, candidate, BASE_ARM).map(({ metric, means, difference, low, high }) => [
        metric,
        {
          base: means[BASE_ARM]!,
          tuned: means[candidate]!,
          ...(LOOKUP_ARM in means && { lookup: means[LOOKUP_ARM]! }),
          ...(INCUMBENT_ARM in means && { incumbent: means[INCUMBENT_ARM]! }),
          difference,
          low,
          high,
        },
      ]),
    ),
    results: suite.results.uri,
  }));
}

/** The closing table, without colour: metrics by (base, tuned, lookup, difference with its interval), a block a suite. */
export function evaluationText(evaluation: Evaluation, candidate: string): string {
  const table = new Table({
    head: ['suite', ...columnTitles(evaluation, candidate)],
    colAligns: ['left', 'left'],
    style: { head: [], border: [] },
  });
  for (const suite of evaluation.suites) {
    const rows = metricRows(evaluation, suite, candidate);
    for (const [index, row] of rows.entries()) {
      const first = { content: `${suite.name}\n${suite.questions} questions`, rowSpan: rows.length };
      table.push(index === 0 ? [first, ...row] : row);
    }
  }
  return table.toString();
}

/** The same as markdown: a heading and a table for each suite, then the gate's decision where there is one. */
export function evaluationMarkdown(evaluation: Evaluation, candidate: string, gate?: GateDecision): string {
  const blocks = evaluation.suites.map((suite) => {
    const titles = columnTitles(evaluation, candidate);
    const lines = [
      titles,
      titles.map((_, index) => (index === 0 ? '---' : '---:')),
      ...metricRows(evaluation, suite, candidate),
    ];
    return [
      `### Suite ${escapeCell(suite.name)}`,
      `${suite.questions} questions (${suite.declares})`,
      lines.map((cells) => `| ${cells.map(escapeCell).join(' | ')} |`).join('\n'),
    ].join('\n\n');
  });
  if (gate) {
    blocks.push(
      [`### Gate: ${gate.decision} ${gate.candidate}`, gate.reasons.map((reason) => `- ${reason}`).join('\n')].join(
        '\n\n',
      ),
    );
  }
  return `${blocks.join('\n\n')}\n`;
}

function columnTitles(evaluation: Evaluation, candidate: string): string[] {
  const confidence = evaluation.suites.flatMap(({ comparisons }) => comparisons)[0]?.confidence ?? 0.95;
  const interval = `${Number((confidence * 100).toFixed(2))}% interval`;
  const hasIncumbent = evaluation.against === INCUMBENT_ARM;
  return [
    'metric',
    'base',
    `tuned (${candidate})`,
    'lookup',
    `tuned - base (${interval})`,
    ...(hasIncumbent ? ['incumbent', `tuned - incumbent (${interval})`] : []),
  ];
}

function metricRows(evaluation: Evaluation, suite: SuiteResult, candidate: string): string[][] {
  const incumbents = evaluation.against === INCUMBENT_ARM ? comparisonsOf(suite, candidate, INCUMBENT_ARM) : [];
  return comparisonsOf(suite, candidate, BASE_ARM).map((comparison) => {
    const { metric, means } = comparison;
    const incumbent = incumbents.find((other) => other.metric === metric);
    return [
      metric,
      score(means[BASE_ARM]),
      score(means[candidate]),
      score(means[LOOKUP_ARM]),
      withInterval(comparison),
      ...(incumbent ? [score(means[INCUMBENT_ARM]), withInterval(incumbent)] : []),
    ];
  });
}

function comparisonsOf(suite: SuiteResult, candidate: string, against: string): Comparison[] {
  const found = suite.comparisons.filter((other) => other.candidate === candidate && other.against === against);
  if (found.length > 0) return found;
  const known = [...new Set(suite.comparisons.map((other) => `${other.candidate} against ${other.against}`))];
  throw new Error(
    `suite ${suite.name}: no comparison of ${candidate} against ${against}; known: ${known.join(', ') || 'none'}`,
  );
}

const score = (mean: number | undefined) => (mean === undefined ? '-' : mean.toFixed(2));
const signed = (number: number) => {
  const rounded = number.toFixed(2).replace(/^-(0\.0+)$/, '$1');
  return rounded.startsWith('-') ? rounded : `+${rounded}`;
};
const withInterval = ({ difference, low, high }: Comparison) =>
  `${signed(difference)} (${signed(low)} to ${signed(high)})`;
const escapeCell = (text: string) => text.replace(/[\\|]/g, '\\$&').replace(/\s+/g, ' ');
