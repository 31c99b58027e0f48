import { readFile } from 'node:fs/promises';
import { extname } from 'node:path';
import { parse, type CsvError } from 'csv-parse/sync';
import { unknownName } from '../configs/unknown-name.ts';
import { readAnyParquet } from './parquet.ts';

/** Reads the rows of a file of pairs, whatever its format. What a row must say is for others to check. */

export class ImportError extends Error {
  override name = 'ImportError';
}

export interface ImportRow {
  /** `file:line`, or `file: row n` */
  at: string;
  value: unknown;
}

const REQUIRED = ['question', 'answer'] as const;
const COLUMNS = [...REQUIRED, 'fact', 'kind', 'language', 'context', 'history'] as const;
export const isRequired = (column: string): boolean => (REQUIRED as readonly string[]).includes(column);
export const EXPECTED =
  'expected question and answer, and if you like fact, kind, language, context and, in .jsonl, history';

/**
 * @param shown the file as a person named it, for errors
 * @param faults takes a line for each row that can't be read, where the others can
 * @throws ImportError when the file can't be read at all
 */
export async function readImportRows(path: string, shown: string, faults: string[]): Promise<ImportRow[]> {
  const ending = extname(path).toLowerCase();
  if (ending === '.parquet') {
    const rows: ImportRow[] = [];
    for await (const value of readAnyParquet(path)) rows.push({ at: `${shown}: row ${rows.length + 1}`, value });
    return rows;
  }
  const content = await readFile(path, 'utf8');
  if (ending === '.csv') return csvRows(content, shown, faults);
  if (ending === '.jsonl') {
    const lines = content.replace(/^\uFEFF/, '').split(/\r?\n/);
    return lines.flatMap((line, i) => jsonRow(line, `${shown}:${i + 1}`, faults));
  }
  throw new ImportError(`${shown}: found the ending '${ending}'; expected .jsonl, .csv or .parquet`);
}

function jsonRow(line: string, at: string, faults: string[]): ImportRow[] {
  if (!line.trim()) return [];
  try {
    return [{ at, value: JSON.parse(line) as unknown }];
  } catch {
    faults.push(`${at}: found ${JSON.stringify(line.slice(0, 60))}, which is not JSON; ${EXPECTED}`);
    return [];
  }
}

function csvRows(content: string, shown: string, faults: string[]): ImportRow[] {
  let columns: string[] = [];
  const skipped: (CsvError | undefined)[] = [];
  try {
    const rows = parse(content, {
      columns: (header: string[]) => (columns = checkedHeader(header, shown)),
      bom: true,
      skip_empty_lines: true,
      info: true,
      skip_records_with_error: true,
      on_skip: (error: CsvError | undefined) => void skipped.push(error),
    }) as unknown as { record: Record<string, string>; info: { lines: number } }[];
    const lastLine = rows.at(-1)?.info.lines ?? 1;
    faults.push(...skipped.map((error) => csvFault(error, { shown, columns, lastLine })));
    return rows.map(({ record, info }) => ({ at: `${shown}:${info.lines}`, value: record }));
  } catch (cause) {
    if (cause instanceof ImportError) throw cause;
    throw new ImportError(`${shown}: not a CSV file with a header: ${(cause as Error).message}; ${EXPECTED}`, {
      cause,
    });
  }
}

/** A wrong header is told once, not by every row. */
function checkedHeader(header: string[], shown: string): string[] {
  const names = header.map((name) => name.trim());
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  const problems = [
    ...(twice === undefined ? [] : [`found the column '${twice}' twice; keep one`]),
    ...names.flatMap((name) =>
      (COLUMNS as readonly string[]).includes(name) ? [] : [unknownName('column', name, COLUMNS)],
    ),
    ...REQUIRED.flatMap((name) => (names.includes(name) ? [] : [`found no column '${name}'`])),
  ];
  if (problems.length > 0 && names.length === 1 && /[;\t|]/.test(names[0]!))
    throw new ImportError(`${shown}: the header: found one column, '${names[0]}'; expected commas between columns`);
  if (problems.length > 0) throw new ImportError(`${shown}: the header: ${problems.join('; ')}; ${EXPECTED}`);
  return names;
}

function csvFault(
  error: CsvError | undefined,
  { shown, columns, lastLine }: { shown: string; columns: string[]; lastLine: number },
): string {
  const { lines, record, code } = (error ?? {}) as { lines?: number; record?: unknown; code?: string };
  const at = `${shown}:${lines ?? '?'}`;
  if (code === 'CSV_RECORD_INCONSISTENT_COLUMNS' && Array.isArray(record))
    return `${at}: found ${record.length} cells; expected ${columns.length} (${columns.join(', ')}). Put a cell that has a comma in double quotes`;
  // The parser only notices at the end of the file.
  if (code === 'CSV_QUOTE_NOT_CLOSED')
    return `${shown}:${lastLine + 1}: a double quote opens in this row or one after it, and none closes it. Write a quote inside a cell as ""`;
  return `${at}: ${error?.message ?? 'not a row'}`;
}
