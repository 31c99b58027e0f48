import { parse } from 'csv-parse/sync';
import {
  columnNames,
  columnProblems,
  indexNote,
  isIndexColumn,
  otherLayout,
  RowsError,
  type ReadRows,
  type RowFormat,
} from './row-columns.ts';

/** Reads CSV as Excel, pandas and people write it. */

interface Record {
  cells: string[];
  /** Where it begins. */
  line: number;
}

const DELIMITERS = [',', ';', '\t', '|'];
/** Enough of a file to see its header. */
const HEAD = 20_000;

/**
 * Commas, semicolons, tabs or bars between cells, whichever give the most known columns; Excel's line `sep=;` says it outright.
 * Rows of nothing but empty cells are no rows.
 * @throws RowsError when the header is wrong
 */
export function csvRows(content: string, shown: string, format: RowFormat): ReadRows {
  const text = content.replace(/\r\n?/g, '\n');
  const declared = /^sep=(.)\n/i.exec(text);
  const body = declared ? text.slice(declared[0].length) : text;
  const delimiter = declared?.[1] ?? delimiterOf(body, format);
  const { records, open } = recordsOf(body, delimiter, declared ? 2 : 1);
  const [first, ...rest] = records.filter(({ cells }) => cells.some((cell) => cell.trim()));
  if (!first) throw new RowsError(`${shown}: found nothing; ${format.expected}, with a header`);
  const columns = checkedHeader(first, rest, { shown, format });
  const faultsOf = (record: Record) => [...wrongCount(record, columns, shown), ...excelErrors(record, columns, shown)];
  const faults = rest.flatMap(faultsOf);
  if (open !== undefined)
    faults.push(
      `${shown}:${open}: a double quote opens in this row or one after it, and none closes it. Write a quote inside a cell as ""`,
    );
  const kept = columns.flatMap((name, i) => (isIndexColumn(name) ? [] : [{ name, i }]));
  return {
    rows: rest
      .filter((record) => faultsOf(record).length === 0)
      .map(({ cells, line }) => ({
        at: `${shown}:${line}`,
        line,
        value: Object.fromEntries(kept.map(({ name, i }) => [name, cells[i]])),
      })),
    faults,
    notes: indexNote(
      shown,
      columns.filter((name, i) => isIndexColumn(name) && rest.some(({ cells }) => cells[i]?.trim())),
    ),
  };
}

/** Records up to the first quote that nothing closes, and the line where that one may begin. */
function recordsOf(
  text: string,
  delimiter: string,
  firstLine: number,
): { records: Record[]; open: number | undefined } {
  let open = false;
  const parsed = parse(text, {
    delimiter,
    record_delimiter: '\n',
    info: true,
    relax_column_count: true,
    // A quote inside a cell that none opens is a character like others.
    relax_quotes: true,
    // As in `a, "b, c"`. With tabs between cells, white space is no longer around them.
    ltrim: delimiter !== '\t',
    skip_records_with_error: true,
    on_skip: () => void (open = true),
  }) as unknown as { record: string[]; info: { lines: number } }[];
  let line = firstLine;
  const records = parsed.map(({ record, info }) => {
    const begins = line;
    line = firstLine + info.lines;
    return { cells: record, line: begins };
  });
  return { records, open: open ? line : undefined };
}

function delimiterOf(text: string, format: RowFormat): string {
  const scores = DELIMITERS.map((delimiter) => {
    const { records } = recordsOf(text.slice(0, HEAD), delimiter, 1);
    const names = columnNames(records.find(({ cells }) => cells.some((cell) => cell.trim()))?.cells ?? [], format);
    return { delimiter, known: names.filter((name) => format.known.includes(name)).length, cells: names.length };
  });
  return scores.reduce((best, one) =>
    one.known > best.known || (one.known === best.known && one.cells > best.cells) ? one : best,
  ).delimiter;
}

function checkedHeader(
  header: Record,
  rest: readonly Record[],
  { shown, format }: { shown: string; format: RowFormat },
): string[] {
  const columns = columnNames(header.cells, format);
  const layout = otherLayout(columns, format);
  if (layout !== undefined) throw new RowsError(`${shown}:${header.line}: ${layout}`);
  const problems = columnProblems(columns, format);
  for (const [i, name] of columns.entries())
    if (name === '' && i > 0 && rest.some(({ cells }) => cells.length === columns.length && cells[i]?.trim()))
      problems.push(`column ${i + 1} has no name; give it one, or remove it`);
  if (problems.length > 0)
    throw new RowsError(`${shown}:${header.line}: the header: ${problems.join('; ')}; ${format.expected}`);
  return columns;
}

function wrongCount({ cells, line }: Record, columns: readonly string[], shown: string): string[] {
  if (
    cells.length === columns.length ||
    (cells.length > columns.length && !cells.slice(columns.length).some((cell) => cell.trim()))
  )
    return [];
  return [
    `${shown}:${line}: found ${cells.length} cells; expected ${columns.length} (${columns.join(', ')}). Put a cell that has a comma in double quotes`,
  ];
}

/** Excel saves a formula that it can't work out as one of these, also where a text was meant that begins with = or -. */
const EXCEL_ERROR = /^#(?:NAME\?|REF!|VALUE!|DIV\/0!|N\/A|NULL!|NUM!|SPILL!|CALC!)$/;

function excelErrors({ cells, line }: Record, columns: readonly string[], shown: string): string[] {
  return cells.flatMap((cell, i) =>
    EXCEL_ERROR.test(cell.trim())
      ? [
          `${shown}:${line}: ${columns[i]}: found ${cell.trim()}, an error of Excel; expected text. Fix: in Excel, begin a text with an apostrophe where it starts with = or -`,
        ]
      : [],
  );
}
