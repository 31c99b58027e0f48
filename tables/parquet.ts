import { rm } from 'node:fs/promises';
import parquet from 'parquetjs-lite';
import { checkedStruct, completed, fieldsOf, type Columns, type ParquetRow } from './parquet-columns.ts';
import { parquetRows } from './parquet-rows.ts';
import { Shredder } from './shred.ts';
import { ArtifactError } from '../common/errors.ts';

/** Rows held in memory at once. */
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
  let shredder = new Shredder(schema);
  writer.rowBuffer = shredder.group;
  return {
    append: async (row) => {
      const checked = checkedStruct(row, columns, `${path}: row ${count}, column `);
      count += 1;
      if (count % ROW_GROUP_ROWS > 0) shredder.add(checked);
      else {
        // The library's own way for the last row of a group: it writes the group.
        await writer.appendRow(checked);
        shredder = new Shredder(schema);
        writer.rowBuffer = shredder.group;
      }
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
  for await (const row of parquetRows(input.path)) yield completed(row, input.columns);
}
