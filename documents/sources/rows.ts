import { createWriteStream } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { MOST_FILE_BYTES, SourceError } from './fetched.ts';

const MOST_ROWS = 200_000;

/** Writes rows as JSON lines, of which the reader of such files makes documents. @throws SourceError for more than a run reads at once */
export async function writeRows(
  path: string,
  rows: Iterable<Record<string, unknown>> | AsyncIterable<Record<string, unknown>>,
): Promise<number> {
  let count = 0;
  let bytes = 0;
  async function* lines() {
    for await (const row of rows) {
      const line = `${JSON.stringify(plainRow(row))}\n`;
      count += 1;
      bytes += Buffer.byteLength(line);
      if (count > MOST_ROWS || bytes > MOST_FILE_BYTES)
        throw new SourceError(`more than ${MOST_ROWS} rows, or ${MOST_FILE_BYTES / 1e6} MB of them`, {
          expected: 'fewer in one source',
          fix: 'take a part of the rows, and the others in another source',
        });
      yield line;
    }
  }
  await pipeline(Readable.from(lines()), createWriteStream(path, { flags: 'wx' }));
  return count;
}

/** Without what is null, which says nothing; numbers beyond what JSON holds as texts. */
const plainRow = (row: Record<string, unknown>) =>
  Object.fromEntries(
    Object.entries(row).flatMap(([name, value]) =>
      value === null || value === undefined || value instanceof Uint8Array
        ? []
        : [[name, typeof value === 'bigint' ? String(value) : listIn(name, value)]],
    ),
  );

/** SQLite has no lists: groups are written there as JSON. */
function listIn(name: string, value: unknown): unknown {
  if (name !== 'groups' || typeof value !== 'string' || !value.trimStart().startsWith('[')) return value;
  try {
    return JSON.parse(value) as unknown;
  } catch {
    return value;
  }
}
