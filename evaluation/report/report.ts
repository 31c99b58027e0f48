import { signedDecimals } from '../../common/figure-text.ts';
import { figureRows, meaningOf, NO_PEOPLE, otherCandidates, QUOTES, TUNED, wordOf, type FigureRow } from './figures.ts';
import { correctionLines } from './corrections-report.ts';
import { fittingTable, type Column } from './fitting-table.ts';
import { sliceRows } from './slice-report.ts';
import {
  EXTRACT_ARM,
  INCUMBENT_ARM,
  isPeoples,
  type Evaluation,
  type GateDecision,
  type SuiteResult,
} from '../../schema/evaluation.ts';

/** An evaluation for people: a table for the terminal and markdown for the workflow's page. */

/**
 * The closing table, without colour: a block a suite, with what costs nothing beside the models. It fits `width` columns: what does not fit is left out in the order of its worth.
 * @throws Error when a suite has no comparison of the candidate with its base
 */
export function evaluationTable(evaluation: Evaluation, candidate: string, width = 100): string {
  const { suites } = evaluation;
  const columns = columnsOf(evaluation, candidate);
  const blocks = suites.map((suite) => ({
    name: suite.name,
    note: `${suite.questions} questions`,
    rows: figureRows(evaluation, suite, candidate),
  }));
  return fittingTable({ blocks, columns, width });
}

/** The same as markdown: a heading and a table for each suite, then the gate's decision where there is one. */
export function evaluationMarkdown(evaluation: Evaluation, candidate: string, gate?: GateDecision): string {
  const tuned = wordOf(evaluation, candidate);
  const columns = columnsOf(evaluation, candidate);
  const blocks = evaluation.suites.map((suite) => {
    const lines = [
      ['metric', ...columns.map(({ long }) => (long === tuned ? `${tuned} (${candidate})` : long))],
      ['---', ...columns.map(() => '---:')],
      ...figureRows(evaluation, suite, candidate).map((row) => [row.metric, ...columns.map(({ of }) => of(row))]),
    ];
    const table = (rows: string[][]) => rows.map((cells) => `| ${cells.map(escapeCell).join(' | ')} |`).join('\n');
    const parts = sliceRows(evaluation, suite, candidate);
    return [
      `### Suite ${escapeCell(suite.name)}`,
      escapeText(meaningOf(evaluation, suite, candidate)),
      ...(suite.merged === undefined ? [] : [suite.merged]),
      table(lines),
      ...(parts.length > 0 ? [table(parts)] : []),
    ].join('\n\n');
  });
  blocks.push(...correctionLines(evaluation, candidate).map(escapeText));
  if (!evaluation.suites.some(isPeoples)) blocks.push(`**${NO_PEOPLE}**`);
  if (gate) {
    blocks.push(
      [`### Gate: ${gate.decision} ${gate.candidate}`, gate.reasons.map((reason) => `- ${reason}`).join('\n')].join(
        '\n\n',
      ),
    );
  }
  return `${blocks.join('\n\n')}\n`;
}

function columnsOf(evaluation: Evaluation, candidate: string): Column[] {
  const tuned = wordOf(evaluation, candidate);
  const confidence = evaluation.suites.flatMap(({ comparisons }) => comparisons)[0]?.confidence ?? 0.95;
  const interval = `(${Number((confidence * 100).toFixed(2))}% interval)`;
  const serves = evaluation.against === INCUMBENT_ARM;
  const open = evaluation.suites.some(({ comparisons }) => comparisons.some(({ means }) => EXTRACT_ARM in means));
  // What was trained stands beside what quotes.
  const trained = tuned === QUOTES ? modelsBeside(evaluation, candidate) : [];
  // With the documents there is more to show, and the line below the table has these two as well.
  const spare = open && { spare: true as const };
  return [
    { long: 'base', short: 'base', of: ({ base }) => score(base) },
    ...(serves ? [{ long: 'serves', short: 'serves', of: ({ incumbent }: FigureRow) => score(incumbent) }] : []),
    ...(open ? [{ long: 'base (open)', short: 'open', of: ({ baseOpen }: FigureRow) => score(baseOpen) }] : []),
    { long: 'echo', short: 'echo', of: ({ echo }) => score(echo), ...spare },
    { long: 'lookup', short: 'lookup', of: ({ lookup }) => score(lookup), ...spare },
    ...(open
      ? [
          { long: 'extract', short: 'extract', of: ({ extract }: FigureRow) => score(extract) },
          ...(tuned === TUNED
            ? [{ long: `${tuned} (closed)`, short: 'closed', of: ({ closed }: FigureRow) => score(closed) }]
            : []),
        ]
      : []),
    ...trained.map((name) => ({ long: name, short: name, of: ({ others }: FigureRow) => score(others?.[name]) })),
    { long: tuned, short: tuned, of: (row) => score(row.tuned) },
    {
      long: `${tuned} - base ${interval}`,
      short: `${tuned} - base`,
      of: (row) => withInterval(row.againstBase),
      brief: (row) => briefly(row.againstBase),
      ...(serves && { spare: true as const }),
    },
    ...(serves
      ? [
          {
            long: `${tuned} - serves ${interval}`,
            short: `${tuned} - serves`,
            of: (row: FigureRow) => withInterval(row.againstIncumbent),
            brief: (row: FigureRow) => briefly(row.againstIncumbent),
          },
        ]
      : []),
  ];
}

/** The run's candidates that are models. */
const modelsBeside = (evaluation: Evaluation, candidate: string): string[] => [
  ...new Set(
    evaluation.suites
      .flatMap((suite) => otherCandidates(suite, candidate))
      .filter((name) => wordOf(evaluation, name) !== QUOTES),
  ),
];

/** What the table means: who was tuned, a line for each suite, and what no suite says. */
export function meaningLines(evaluation: Evaluation, candidate: string): string[] {
  const named = (suite: SuiteResult) => `${suite.name}: ${meaningOf(evaluation, suite, candidate)}`;
  return [
    `${wordOf(evaluation, candidate)}: ${candidate}`,
    ...evaluation.suites.map(named),
    ...correctionLines(evaluation, candidate),
    ...(evaluation.suites.some(isPeoples) ? [] : [NO_PEOPLE]),
  ];
}

const score = (mean: number | undefined) => (mean === undefined ? '-' : mean.toFixed(2));
const signed = (number: number) => signedDecimals(number, 2);
const withInterval = (figures: FigureRow['againstIncumbent']) =>
  figures ? `${signed(figures.difference)} (${signed(figures.low)} to ${signed(figures.high)})` : '-';
const briefly = (figures: FigureRow['againstIncumbent']) =>
  figures ? `${signed(figures.difference)} ${signed(figures.low)}..${signed(figures.high)}` : '-';
const escapeText = (text: string) => text.replace(/[\\|]/g, '\\$&');
const escapeCell = (text: string) => escapeText(text).replace(/\s+/g, ' ');
