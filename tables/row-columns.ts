import { unknownName } from '../common/unknown-name.ts';

/** Files of rows, and what their columns are called. */

/** Why a file of rows can't be read: which one, what was found, what was expected. */
export class RowsError extends Error {
  override name = 'RowsError';
}

export interface Row {
  /** `file:line`, or `file: row n` where a format has no lines. */
  at: string;
  /** Where the row begins, counted from 1; in Parquet and JSON lists the number of the row. */
  line: number;
  value: unknown;
}

export interface ReadRows {
  rows: Row[];
  /** A line for each row that can't be read, where the others can. */
  faults: string[];
  /** What was left out and why, for people. */
  notes: string[];
}

export interface RowFormat {
  /** The columns that mean something. A name in other case, or with spaces, dashes and underscores, is taken for them. */
  known: readonly string[];
  required: readonly string[];
  /** Whether a column of another name is kept, or refused with the nearest known one. */
  others: 'keep' | 'refuse';
  /** What a row is, in words for errors. */
  expected: string;
}

/** The index that pandas writes beside the data, by the names that it gets. */
const INDEX = /^(?:Unnamed: \d+|__index_level_\d+__|)$/;
const plain = (name: string) => name.toLowerCase().replace(/[\s_-]/g, '');

/** Each name as the format spells it; a name that would then stand twice stays as it is. */
export function columnNames(names: readonly string[], { known }: Pick<RowFormat, 'known'>): string[] {
  const trimmed = names.map((name) => name.trim());
  const meant = trimmed.map((name) =>
    known.includes(name) ? name : (known.find((one) => plain(one) === plain(name)) ?? name),
  );
  return trimmed.map((name, i) =>
    name === meant[i] || meant.filter((one) => one === meant[i]).length > 1 ? name : meant[i]!,
  );
}

export const isIndexColumn = (name: string): boolean => INDEX.test(name);

/** The row by its known names, and the names of index columns that it loses. What is no object stays as it is. */
export function renamed(value: unknown, format: RowFormat): { value: unknown; leftOut: string[] } {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return { value, leftOut: [] };
  const names = columnNames(Object.keys(value), format);
  const values = Object.values(value) as unknown[];
  return {
    value: Object.fromEntries(names.flatMap((name, i) => (isIndexColumn(name) ? [] : [[name, values[i]]]))),
    leftOut: names.filter(isIndexColumn),
  };
}

export const indexNote = (shown: string, names: readonly string[]): string[] =>
  names.length === 0
    ? []
    : [
        `${shown}: left out ${names.map((name) => (name ? `'${name}'` : 'the column without a name')).join(', ')}: an index column, such as pandas writes`,
      ];

/** Other layouts of pairs, by the columns that tell them, and how to come to ours. */
const LAYOUTS = [
  {
    columns: ['messages'],
    fix: 'write the last turn of the user as question, that of the assistant as answer, and the turns before as history',
  },
  {
    columns: ['conversations'],
    fix: 'write the last turn of the user as question, that of the assistant as answer, and the turns before as history',
  },
  {
    columns: ['instruction', 'output'],
    fix: 'rename instruction to question and output to answer, and join input to the question',
  },
  { columns: ['prompt', 'completion'], fix: 'rename prompt to question and completion to answer' },
  { columns: ['prompt', 'response'], fix: 'rename prompt to question and response to answer' },
];

/** That a file is laid out for another program, where its columns say so and ours are not there. */
export function otherLayout(names: readonly string[], { required, expected }: RowFormat): string | undefined {
  if (required.some((name) => names.includes(name))) return undefined;
  const layout = LAYOUTS.find(({ columns }) => columns.every((name) => names.includes(name)));
  return layout && `found the layout ${layout.columns.join(', ')}; ${expected}. Fix: ${layout.fix}`;
}

/** What is wrong with a table's columns, so that it is told once and not by every row. */
export function columnProblems(names: readonly string[], { known, required, others }: RowFormat): string[] {
  const twice = names.find((name, i) => name !== '' && names.indexOf(name) !== i);
  return [
    ...(twice === undefined ? [] : [`found the column '${twice}' twice; keep one`]),
    ...names.flatMap((name) =>
      others === 'keep' || known.includes(name) || isIndexColumn(name) ? [] : [unknownName('column', name, known)],
    ),
    ...required.flatMap((name) => (names.includes(name) ? [] : [`found no column '${name}'`])),
  ];
}
