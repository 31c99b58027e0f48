import { readFile } from 'node:fs/promises';
import { extname } from 'node:path';
import { csvRows } from './csv-rows.ts';
import { decodeText, notTextMessage } from '../common/decode-text.ts';
import { jsonRows } from './json-rows.ts';
import { parquetRows } from './parquet-rows.ts';
import {
  columnProblems,
  columnNames,
  indexNote,
  otherLayout,
  renamed,
  RowsError,
  type ReadRows,
  type Row,
  type RowFormat,
} from './row-columns.ts';
import { ArtifactError } from '../common/errors.ts';

/** Reads the rows of a file of pairs or of a suite, whatever its format. What a row must say is for others to check. */

/** Levels of lists and objects in one row; no row has as many. */
const DEEPEST = 50;
const ENDINGS = 'expected .jsonl, .csv or .parquet';
/** Files that are something else than their name says, by their first bytes. */
const OTHERS = [
  { start: 'PK\u0003\u0004', found: 'an Excel workbook or another zip file', fix: 'save the sheet as "CSV UTF-8"' },
  { start: '\u001f\u008b', found: 'a gzip file', fix: 'unpack it' },
  { start: 'PAR1', found: 'a Parquet file', fix: 'give it the ending .parquet' },
];

/**
 * JSON lines (or one list of objects), CSV (or TSV) and Parquet. Text is UTF-8, or UTF-16 with a byte order mark; a value that no
 * text file can hold (a NUL, half a surrogate pair) is a fault of its row.
 * @param shown the file as a person named it, for errors
 * @throws RowsError when the file can't be read at all, or its columns are wrong
 */
export async function readRows(input: { path: string; shown: string; format: RowFormat }): Promise<ReadRows> {
  const { path, shown, format } = input;
  const ending = extname(path).toLowerCase();
  const read = ending === '.parquet' ? await parquetFile(path, shown, format) : await textFile({ ...input, ending });
  const first = read.rows[0]?.value;
  const layout = typeof first === 'object' && first !== null ? otherLayout(Object.keys(first), format) : undefined;
  if (layout !== undefined) throw new RowsError(`${shown}: ${layout}`);
  const rows: Row[] = [];
  const faults = [...read.faults];
  const left = new Set<string>();
  for (const row of read.rows) {
    const fault = unwritable(row.value, '', format, 0);
    const { value, leftOut } = renamed(row.value, format);
    if (fault === undefined) rows.push({ ...row, value });
    else faults.push(`${row.at}: ${fault}`);
    for (const name of leftOut) left.add(name);
  }
  return { rows, faults, notes: [...read.notes, ...indexNote(shown, [...left])] };
}

async function textFile(input: { path: string; shown: string; format: RowFormat; ending: string }): Promise<ReadRows> {
  const { path, shown, format, ending } = input;
  const read = { '.csv': csvRows, '.tsv': csvRows, '.jsonl': jsonRows, '.ndjson': jsonRows, '.json': jsonRows }[ending];
  if (!read)
    throw new RowsError(
      `${shown}: found the ending '${ending}'; ${ENDINGS}${ending === '.gz' ? '. Fix: unpack it' : ''}`,
    );
  let bytes: Buffer;
  try {
    bytes = await readFile(path);
  } catch (cause) {
    throw new RowsError(`${shown}: can't be read (${(cause as Error).message})`, { cause });
  }
  const other = OTHERS.find(({ start }) => bytes.subarray(0, start.length).toString('latin1') === start);
  if (other) throw new RowsError(`${shown}: found ${other.found}; ${ENDINGS}. Fix: ${other.fix}`);
  const decoded = decodeText(bytes);
  if (decoded.status === 'not-text') throw new RowsError(notTextMessage(shown, decoded));
  return read(decoded.text, shown, format);
}

async function parquetFile(path: string, shown: string, format: RowFormat): Promise<ReadRows> {
  const rows: Row[] = [];
  let names: string[] = [];
  try {
    for await (const value of parquetRows(path, shown)) {
      if (rows.length === 0) names = columnNames(Object.keys(value), format);
      rows.push({ at: `${shown}: row ${rows.length + 1}`, line: rows.length + 1, value });
    }
  } catch (cause) {
    if (cause instanceof ArtifactError) throw new RowsError(cause.message, { cause });
    throw cause;
  }
  const problems = rows.length > 0 && !otherLayout(names, format) ? columnProblems(names, format) : [];
  if (problems.length > 0) throw new RowsError(`${shown}: the columns: ${problems.join('; ')}; ${format.expected}`);
  return { rows, faults: [], notes: [] };
}

/** The first text in a value that can't be written as UTF-8, or that no program expects, by its field. */
function unwritable(value: unknown, field: string, format: RowFormat, depth: number): string | undefined {
  if (typeof value === 'string') {
    if (!value.isWellFormed())
      return `${field}: found half a character (a lone surrogate, such as one half of an emoji); expected whole characters. Fix: write the character whole, or take it out`;
    return value.includes('\0') ? `${field}: found a NUL character; expected text. Fix: take it out` : undefined;
  }
  if (value instanceof Uint8Array)
    return format.others === 'refuse' || format.known.includes(field)
      ? `${field}: found bytes that are not UTF-8; expected text. Fix: write the column as text in UTF-8`
      : undefined;
  if (typeof value !== 'object' || value === null) return undefined;
  if (depth > DEEPEST) return `found values nested more than ${DEEPEST} deep; expected the fields of a row`;
  for (const [name, inner] of Object.entries(value)) {
    const within = Array.isArray(value) ? `${field}[${name}]` : field ? `${field}.${name}` : name;
    const fault = unwritable(inner, within, format, depth + 1);
    if (fault !== undefined) return fault;
  }
  return undefined;
}
