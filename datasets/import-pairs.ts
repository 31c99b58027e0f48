import { readFile } from 'node:fs/promises';
import { basename, extname } from 'node:path';
import { parse } from 'csv-parse/sync';
import { z } from 'zod';
import { sha256Of } from './hash.ts';
import { readAnyParquet } from './parquet.ts';
import { KindSchema, TurnSchema, type QaPair } from './schema.ts';
import { normalise } from './text.ts';

/** Reads pairs that people wrote: what stands in a file becomes pairs like those of a teacher, with their origin. */

/** Changes when the same rows would become other pairs. */
const IMPORT_VERSION = 'import-1';
/** An imported pair's document: so it can be told from a passage of the documents. */
export const IMPORTED = 'import/';

const text = z.string().trim().min(1);
/** A column that is empty in a table is a field that is not there. */
const optional = <T extends z.ZodType>(schema: T) =>
  z.preprocess((value) => (value === '' || value === null ? undefined : value), schema.optional());
const RowSchema = z.strictObject({
  question: text,
  answer: text,
  fact: optional(text),
  kind: optional(KindSchema),
  language: optional(text),
  context: optional(text),
  history: optional(z.array(TurnSchema)),
});
const EXPECTED = 'expected question and answer, and if you like fact, kind, language, context and, in .jsonl, history';
const FAULTS_SHOWN = 10;

/** A pair with the passage that it rests on, where the file has one. */
export interface ImportedPair {
  pair: QaPair;
  context?: string;
}

export class ImportError extends Error {
  override name = 'ImportError';
}

/**
 * Reads a file of pairs. Rows with the same `fact` are phrasings of one question; each other row is a fact of its own. A row's id
 * is the hash of what it says, so that the order of a file does not count.
 * @param shown the file as a person named it, for errors
 * @throws ImportError with a line for each fault: file:row, what was found, what was expected
 */
export async function readImport({ path, shown }: { path: string; shown: string }): Promise<ImportedPair[]> {
  const rows = await readRows(path, shown);
  const faults: string[] = [];
  const pairs: ImportedPair[] = [];
  const seen = new Map<string, string>();
  const phrasings = new Map<string, number>();
  const documentId = `${IMPORTED}${basename(path)}`;
  for (const { at, value } of rows) {
    const parsed = RowSchema.safeParse(value);
    if (!parsed.success) {
      const problems = parsed.error.issues.map(({ path: field, message }) => `${field.join('.') || 'row'}: ${message}`);
      faults.push(`${at}: ${problems.join(', ')}; ${EXPECTED}`);
      continue;
    }
    const { question, answer, fact, kind = 'factual', language, context, history = [] } = parsed.data;
    const hash = sha256Of(normalise([...history.map(({ content }) => content), question, answer].join('\n')));
    const other = seen.get(hash);
    if (other !== undefined) {
      faults.push(`${at}: the same question and answer as ${other}; expected each once`);
      continue;
    }
    seen.set(hash, at);
    const factId = `${documentId}/${sha256Of(fact ?? hash).slice(0, 12)}`;
    const phrasing = phrasings.get(factId) ?? 0;
    phrasings.set(factId, phrasing + 1);
    const pair: QaPair = {
      id: `${factId}/${hash.slice(0, 12)}`,
      factId,
      chunkId: documentId,
      documentId,
      question,
      answer,
      history,
      spans: [],
      phrasing,
      kind,
      ...(language !== undefined && { language }),
      teacher: documentId,
      promptVersion: IMPORT_VERSION,
    };
    pairs.push({ pair, ...(context !== undefined && { context }) });
  }
  if (faults.length > 0) {
    const more = faults.length > FAULTS_SHOWN ? [`... and ${faults.length - FAULTS_SHOWN} more rows`] : [];
    throw new ImportError([...faults.slice(0, FAULTS_SHOWN), ...more].join('\n'));
  }
  if (pairs.length === 0) throw new ImportError(`${shown}: no rows found; ${EXPECTED}`);
  return pairs;
}

type Rows = { at: string; value: unknown }[];

async function readRows(path: string, shown: string): Promise<Rows> {
  const ending = extname(path).toLowerCase();
  if (ending === '.parquet') {
    const rows: Rows = [];
    for await (const value of readAnyParquet(path)) rows.push({ at: `${shown}: row ${rows.length + 1}`, value });
    return rows;
  }
  const content = await readFile(path, 'utf8');
  if (ending === '.csv') return csvRows(content, shown);
  if (ending === '.jsonl')
    return content
      .replace(/^\uFEFF/, '')
      .split(/\r?\n/)
      .flatMap((line, i) => jsonRow(line, `${shown}:${i + 1}`));
  throw new ImportError(`${shown}: found the ending '${ending}'; expected .jsonl, .csv or .parquet`);
}

function jsonRow(line: string, at: string): Rows {
  if (!line.trim()) return [];
  try {
    return [{ at, value: JSON.parse(line) as unknown }];
  } catch {
    throw new ImportError(`${at}: found ${JSON.stringify(line.slice(0, 60))}, which is not JSON; ${EXPECTED}`);
  }
}

function csvRows(content: string, shown: string): Rows {
  try {
    const rows = parse(content, { columns: true, bom: true, skip_empty_lines: true, info: true }) as unknown as {
      record: Record<string, string>;
      info: { lines: number };
    }[];
    return rows.map(({ record, info }) => ({ at: `${shown}:${info.lines}`, value: record }));
  } catch (cause) {
    throw new ImportError(`${shown}: not a CSV file with a header: ${(cause as Error).message}; ${EXPECTED}`, {
      cause,
    });
  }
}
