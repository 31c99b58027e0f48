import { rm } from 'node:fs/promises';
import parquet, { type Field } from 'parquetjs-lite';
import { sha256OfFile } from './hash.ts';
import { ExampleSchema, type DataRef, type Example } from './schema.ts';
import { ArtifactError, type ArtifactStore } from './types.ts';

/**
 * A column. `list` holds any number of values, `struct` named columns of its own; a list of structs is both. There is no
 * 64-bit integer: the writer rounds those above 2^53, so keep such numbers as strings or doubles.
 */
export type Column = { list?: boolean; optional?: boolean } & (
  { type: 'string' | 'int32' | 'double' | 'boolean' } | { type: 'struct'; columns: Columns }
);
export type Columns = Record<string, Column>;
export type ParquetRow = Record<string, unknown>;

/** Rows held in memory at once, when writing and when reading. */
const ROW_GROUP_ROWS = 4096;

/** A Parquet file that is being written. */
export interface ParquetFile {
  /** @throws ArtifactError naming row and column of a value that isn't what its column says */
  append(row: ParquetRow): Promise<void>;
  /** Ends the file. Returns the count of rows. */
  close(): Promise<number>;
  /** Removes what was written, after an error. */
  abandon(): Promise<void>;
}

/**
 * Begins a new file. The same rows give the same bytes. Half a surrogate pair, which UTF-8 can't hold, becomes U+FFFD.
 */
export async function createParquet({ path, columns }: { path: string; columns: Columns }): Promise<ParquetFile> {
  const schema = new parquet.ParquetSchema(fieldsOf(columns));
  const writer = await parquet.ParquetWriter.openFile(schema, path, { flags: 'wx', rowGroupSize: ROW_GROUP_ROWS });
  let count = 0;
  return {
    append: async (row) => {
      await writer.appendRow(checkedStruct(row, columns, `${path}: row ${count}, column `));
      count += 1;
    },
    close: async () => {
      await writer.close();
      return count;
    },
    abandon: async () => {
      await writer.envelopeWriter.close().catch(() => undefined);
      await rm(path, { force: true });
    },
  };
}

/**
 * Writes rows, which may be streamed, to a new file. Returns the count of rows.
 * @throws ArtifactError naming row and column of a value that isn't what its column says; no file is left then
 */
export async function writeParquet(input: {
  path: string;
  columns: Columns;
  rows: Iterable<ParquetRow> | AsyncIterable<ParquetRow>;
}): Promise<number> {
  const file = await createParquet(input);
  try {
    for await (const row of input.rows) await file.append(row);
    return await file.close();
  } catch (error) {
    await file.abandon();
    throw error instanceof Error ? error : new ArtifactError(`${input.path}: ${String(error)}`);
  }
}

/**
 * Streams the rows of a file that `writeParquet` wrote with these columns: empty lists are there, absent values are not.
 * @throws ArtifactError when the file can't be read
 */
export async function* readParquet(input: { path: string; columns: Columns }): AsyncGenerator<ParquetRow, void> {
  const reader = await parquet.ParquetReader.openFile(input.path).catch((cause: unknown) => {
    throw new ArtifactError(
      `${input.path} can't be read as Parquet: ${cause instanceof Error ? cause.message : String(cause)}`,
      { cause },
    );
  });
  try {
    const cursor = reader.getCursor();
    for (let group = await cursor.nextRowGroup(); group; group = await cursor.nextRowGroup()) {
      for (const row of group) yield completed(row, input.columns);
    }
  } finally {
    await reader.close();
  }
}

/**
 * Streams the rows of any Parquet file with plain, Snappy or gzip compression, as objects.
 * @throws ArtifactError when the file can't be read
 */
export async function* readAnyParquet(path: string): AsyncGenerator<ParquetRow, void> {
  try {
    const reader = await parquet.ParquetReader.openFile(path);
    try {
      const cursor = reader.getCursor();
      for (let group = await cursor.nextRowGroup(); group; group = await cursor.nextRowGroup())
        for (const row of group) yield row;
    } finally {
      await reader.close();
    }
  } catch (cause) {
    throw new ArtifactError(
      `${path} can't be read as Parquet: ${cause instanceof Error ? cause.message : String(cause)}; write it with Snappy or gzip compression and without dictionaries, or as JSON lines`,
      { cause },
    );
  }
}

/** The columns of every split: an Example with its verdict flattened. */
export const EXAMPLE_COLUMNS = {
  id: { type: 'string' },
  factId: { type: 'string' },
  chunkId: { type: 'string' },
  documentId: { type: 'string' },
  question: { type: 'string' },
  answer: { type: 'string' },
  history: { type: 'struct', list: true, columns: { role: { type: 'string' }, content: { type: 'string' } } },
  spans: {
    type: 'struct',
    list: true,
    columns: { chunkId: { type: 'string' }, start: { type: 'int32' }, end: { type: 'int32' } },
  },
  phrasing: { type: 'int32' },
  kind: { type: 'string' },
  teacher: { type: 'string' },
  promptVersion: { type: 'string' },
  persona: { type: 'string', optional: true },
  language: { type: 'string', optional: true },
  correctionOf: { type: 'string', optional: true },
  preference: {
    type: 'struct',
    optional: true,
    columns: {
      chosen: { type: 'string' },
      rejected: { type: 'string' },
      chosenScore: { type: 'double' },
      rejectedScore: { type: 'double' },
      margin: { type: 'double' },
      answers: { type: 'int32' },
    },
  },
  decision: { type: 'string' },
  reasons: { type: 'string', list: true },
  judgements: {
    type: 'struct',
    list: true,
    columns: {
      judge: { type: 'string' },
      version: { type: 'string' },
      label: { type: 'string' },
      score: { type: 'double' },
      reason: { type: 'string' },
    },
  },
} satisfies Columns;

/** An example as a row of a split. */
export const exampleRow = ({ verdict, ...pair }: Example): ParquetRow => ({ ...pair, ...verdict });

/** Reads a split back, whole. @throws as streamExamples */
export async function readExamples(input: { ref: DataRef; store: ArtifactStore }): Promise<Example[]> {
  const examples: Example[] = [];
  for await (const example of streamExamples(input)) examples.push(example);
  return examples;
}

/**
 * Reads a split back, row by row.
 * @throws ArtifactError when the file isn't what the reference says, or a row isn't an Example
 */
export async function* streamExamples({
  ref,
  store,
}: {
  ref: DataRef;
  store: ArtifactStore;
}): AsyncGenerator<Example, void> {
  const path = store.pathOf(ref.uri);
  const found = await sha256OfFile(path).catch((cause: unknown) => {
    throw new ArtifactError(`split ${path} can't be read. Run the stage that makes it again.`, { cause });
  });
  if (found !== ref.sha256) {
    throw new ArtifactError(
      `split ${path} was changed after it was written: found sha256 ${found}, expected ${ref.sha256}`,
    );
  }
  let index = 0;
  for await (const { decision, reasons, judgements, ...pair } of readParquet({ path, columns: EXAMPLE_COLUMNS })) {
    const parsed = ExampleSchema.safeParse({ ...pair, verdict: { decision, reasons, judgements } });
    if (!parsed.success) throw new ArtifactError(`${path}: row ${index} is not an example`, { cause: parsed.error });
    index += 1;
    yield parsed.data;
  }
}

function fieldsOf(columns: Columns): Record<string, Field> {
  return Object.fromEntries(
    Object.entries(columns).map(([name, column]): [string, Field] => {
      if (!/^\w+$/.test(name))
        throw new ArtifactError(`Parquet column '${name}': expected letters, digits and underscores`);
      const kind = { optional: column.optional === true && column.list !== true, repeated: column.list === true };
      if (column.type === 'struct') return [name, { ...kind, fields: fieldsOf(column.columns) }];
      const type = ({ string: 'UTF8', int32: 'INT32', double: 'DOUBLE', boolean: 'BOOLEAN' } as const)[column.type];
      // Statistics of strings are in UTF-16 order, and readers that trust them lose rows.
      return [name, { ...kind, type, compression: 'SNAPPY', statistics: column.type !== 'string' }];
    }),
  );
}

function checkedStruct(row: unknown, columns: Columns, place: string): ParquetRow {
  if (typeof row !== 'object' || row === null) throw mismatch(place, row, 'an object');
  const values = row as ParquetRow;
  const unknown = Object.keys(values).find((name) => !(name in columns));
  if (unknown !== undefined) throw mismatch(`${place}${unknown}`, values[unknown], 'no such column');
  const checked: ParquetRow = {};
  for (const [name, column] of Object.entries(columns)) {
    const value = values[name];
    if (column.list) {
      if (!Array.isArray(value)) throw mismatch(`${place}${name}`, value, 'a list');
      checked[name] = value.map((item, i) => checkedValue(item, column, `${place}${name}[${i}]`));
    } else if (value !== undefined && value !== null) checked[name] = checkedValue(value, column, `${place}${name}`);
    else if (!column.optional) throw mismatch(`${place}${name}`, value, `${column.type} (the column isn't optional)`);
  }
  return checked;
}

function checkedValue(value: unknown, column: Column, place: string): unknown {
  switch (column.type) {
    case 'struct':
      return checkedStruct(value, column.columns, `${place}.`);
    case 'string':
      if (typeof value === 'string') return value.toWellFormed();
      break;
    case 'int32':
      if (typeof value === 'number' && (value | 0) === value) return value;
      break;
    case 'double':
      if (Number.isFinite(value)) return value;
      break;
    case 'boolean':
      if (typeof value === 'boolean') return value;
      break;
    default:
      return column satisfies never;
  }
  throw mismatch(place, value, column.type);
}

/** The reader leaves out empty lists and gives null for absent values. */
function completed(row: ParquetRow, columns: Columns): ParquetRow {
  const complete: ParquetRow = {};
  for (const [name, column] of Object.entries(columns)) {
    const value = row[name];
    const inner = (item: unknown) => (column.type === 'struct' ? completed(item as ParquetRow, column.columns) : item);
    if (column.list) complete[name] = ((value ?? []) as unknown[]).map(inner);
    else if (value !== undefined && value !== null) complete[name] = inner(value);
  }
  return complete;
}

const mismatch = (place: string, found: unknown, expected: string) =>
  new ArtifactError(`${place}: found ${JSON.stringify(found) ?? 'nothing'}, expected ${expected}`);
