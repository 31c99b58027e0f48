import { isUtf8 } from 'node:buffer';
import { open, type FileHandle } from 'node:fs/promises';
import { parquetMetadataAsync, parquetScan, type AsyncBuffer, type FileMetaData } from 'hyparquet';
import { compressors } from 'hyparquet-compressors';
import type { ParquetRow } from './parquet-columns.ts';
import { pause } from '../common/pause.ts';
import { ArtifactError } from '../common/errors.ts';

/** Reads Parquet, whoever wrote it: versions 1 and 2, dictionaries, every usual codec, lists and structs. */

/** A row group is held in memory whole; a few bytes can claim to unpack to more than any machine has. */
const MAX_GROUP_BYTES = 2 ** 30;
const MAX_GROUP_ROWS = 2 ** 24;
const ANOTHER_WAY = 'write it again with pyarrow, pandas or DuckDB, or as JSON lines';

/**
 * Streams the rows as objects with null for absent values. Whole numbers beyond what a number holds are given as text, times in
 * ISO 8601, NaN as null, and bytes that are no UTF-8 text as they are.
 * @param shown the file as a person named it, for errors
 * @throws ArtifactError when the file can't be read: what was found and the fix
 */
export async function* parquetRows(path: string, shown = path): AsyncGenerator<ParquetRow, void> {
  const handle = await open(path).catch((cause: unknown) => {
    throw unreadable(shown, (cause as Error).message, 'give a file that this process can read', cause);
  });
  try {
    const { size } = await handle.stat();
    await checkEnds(handle, size, shown);
    try {
      yield* rowsOf(bufferOf(handle, size), shown);
    } catch (cause) {
      if (cause instanceof ArtifactError) throw cause;
      // What the library trips over says nothing to people.
      const isTrip = cause instanceof TypeError || cause instanceof RangeError;
      const why = isTrip ? 'its parts do not fit together' : (cause as Error).message;
      const found = `it is damaged, or of a kind that is not known (${why})`;
      throw unreadable(shown, found, ANOTHER_WAY, cause);
    }
  } finally {
    await handle.close();
  }
}

const unreadable = (shown: string, found: string, fix: string, cause?: unknown) =>
  new ArtifactError(`${shown} can't be read as Parquet: ${found}. Fix: ${fix}`, { cause });

/** Tells what was never Parquet from what is cut off. */
async function checkEnds(handle: FileHandle, size: number, shown: string): Promise<void> {
  const at = async (position: number) =>
    (await handle.read(Buffer.alloc(4), 0, 4, Math.max(0, position))).buffer.toString('latin1');
  const start = await at(0);
  if (size === 0) throw unreadable(shown, 'it is empty', ANOTHER_WAY);
  if (start === 'PARE') throw unreadable(shown, 'it is encrypted', 'write it without encryption');
  if (start !== 'PAR1')
    throw unreadable(
      shown,
      'it does not begin with PAR1',
      'give the file the ending of what it is, such as .csv or .jsonl',
    );
  if (size < 12 || (await at(size - 4)) !== 'PAR1')
    throw unreadable(shown, 'it is cut off: it does not end with PAR1', 'copy, download or write it again');
}

function bufferOf(handle: FileHandle, byteLength: number): AsyncBuffer {
  const read = async (start: number, end: number) => {
    if (!(start >= 0 && end <= byteLength && start <= end))
      throw new Error(`it points at bytes ${start} to ${end} of ${byteLength}`);
    const bytes = new Uint8Array(end - start);
    for (let done = 0; done < bytes.length;) {
      const { bytesRead } = await handle.read(bytes, done, bytes.length - done, start + done);
      if (bytesRead === 0) throw new Error('it became shorter while it was read');
      done += bytesRead;
    }
    return bytes.buffer;
  };
  return {
    byteLength,
    slice: (start, end = byteLength) => {
      const slice = read(start, end);
      // The library reads ahead, and leaves what it no longer wants after an error.
      slice.catch(() => undefined);
      return slice;
    },
  };
}

const parsers = {
  // The library's own decoder would put U+FFFD for what is not UTF-8, and drop a first U+FEFF.
  stringFromBytes: (bytes: Uint8Array | undefined): string | Uint8Array | undefined =>
    bytes === undefined || !isUtf8(bytes)
      ? bytes
      : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8'),
};

async function* rowsOf(file: AsyncBuffer, shown: string): AsyncGenerator<ParquetRow, void> {
  const metadata = await parquetMetadataAsync(file, { parsers, geoparquet: false });
  const names = checkedNames(metadata, shown);
  const scan = await parquetScan({ file, metadata, compressors, parsers, geoparquet: false, useOffsetIndex: false });
  for (const { rowStart, rowEnd } of scan.ranges) {
    const columns: [string, ArrayLike<unknown>][] = [];
    // One after another: of several that fail at once, the library leaves all but the first unhandled.
    for (const column of names) {
      const values: ArrayLike<unknown> = await scan.readColumn({ column, rowStart, rowEnd });
      if (values.length !== rowEnd - rowStart)
        throw new Error(`column ${column} has ${values.length} values for ${rowEnd - rowStart} rows`);
      columns.push([column, values]);
      await pause();
    }
    for (let i = 0; i < rowEnd - rowStart; i += 1)
      yield Object.fromEntries(columns.map(([name, values]) => [name, plainValue(values[i])]));
  }
}

/** The columns' names, where all that the file says of itself fits together. */
function checkedNames({ schema, row_groups }: FileMetaData, shown: string): string[] {
  const paths = leafPaths(schema);
  const known = new Set(paths);
  for (const { columns, num_rows } of row_groups) {
    let bytes = 0;
    for (const { meta_data, crypto_metadata } of columns) {
      if (crypto_metadata) throw unreadable(shown, 'it is encrypted', 'write it without encryption');
      const path = meta_data?.path_in_schema?.join('\0');
      if (path === undefined || !known.has(path)) throw new Error('it holds a column that its schema does not list');
      bytes += Number(meta_data?.total_uncompressed_size);
    }
    if (columns.length !== paths.length)
      throw new Error(`a row group has ${columns.length} of ${paths.length} columns`);
    if (!(bytes <= MAX_GROUP_BYTES) || !(num_rows >= 0 && num_rows <= MAX_GROUP_ROWS))
      throw unreadable(
        shown,
        `a row group has ${num_rows} rows, ${bytes} bytes when unpacked; expected at most ${MAX_GROUP_ROWS} rows and ${MAX_GROUP_BYTES} bytes`,
        'write it with smaller row groups',
      );
  }
  const names = [...new Set(paths.map((path) => path.split('\0')[0]!))];
  if (names.length !== schema[0]?.num_children) throw new Error('two of its columns have the same name');
  return names;
}

/** Paths of the columns that hold values, their names joined by NUL. */
function leafPaths(schema: FileMetaData['schema']): string[] {
  const paths: string[] = [];
  const open: { path: string[]; left: number }[] = [{ path: [], left: schema[0]?.num_children ?? 0 }];
  for (const { name, num_children: children = 0 } of schema.slice(1)) {
    while (open.at(-1)?.left === 0) open.pop();
    const above = open.at(-1);
    if (!above) throw new Error('its schema does not fit together');
    above.left -= 1;
    const path = [...above.path, name];
    if (children > 0) open.push({ path, left: children });
    else paths.push(path.join('\0'));
  }
  return paths;
}

function plainValue(value: unknown): unknown {
  if (typeof value === 'string') return value;
  if (value === undefined || value === null || Number.isNaN(value)) return null;
  if (typeof value === 'bigint') return Number.isSafeInteger(Number(value)) ? Number(value) : String(value);
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? null : value.toISOString();
  if (value instanceof Uint8Array) return value;
  if (Array.isArray(value)) return value.map(plainValue);
  if (typeof value === 'object')
    return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, plainValue(inner)]));
  return value;
}
