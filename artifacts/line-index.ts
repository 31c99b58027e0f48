import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';

/** Where the lines of a file begin, and what the whole file's content hashes to. */
export interface LineIndex {
  sha256: string;
  /** Offsets in bytes of each line, and at last the file's size. */
  starts: number[];
}

/** Files whose batches are being read; each index takes eight bytes a line. */
const MAX_KEPT = 16;
const NEWLINE = 10;

const kept = new Map<string, { stamp: string; index: Promise<LineIndex> }>();

/**
 * Reads a file once for all the batches that are read of it, also at the same time. It is read again when its size or time has
 * changed.
 * @throws when it can't be read
 */
export async function lineIndex(path: string): Promise<LineIndex> {
  const { ino, size, mtimeMs, ctimeMs } = await stat(path);
  const stamp = `${ino} ${size} ${mtimeMs} ${ctimeMs}`;
  const last = kept.get(path);
  const entry = last?.stamp === stamp ? last : { stamp, index: readIndex(path) };
  // Last in line to be dropped.
  kept.delete(path);
  kept.set(path, entry);
  for (const oldest of kept.keys()) {
    if (kept.size <= MAX_KEPT) break;
    kept.delete(oldest);
  }
  try {
    return await entry.index;
  } catch (error) {
    if (kept.get(path) === entry) kept.delete(path);
    throw error;
  }
}

async function readIndex(path: string): Promise<LineIndex> {
  const hash = createHash('sha256');
  const starts = [0];
  let offset = 0;
  for await (const part of createReadStream(path) as AsyncIterable<Buffer>) {
    hash.update(part);
    for (let at = part.indexOf(NEWLINE); at >= 0; at = part.indexOf(NEWLINE, at + 1)) starts.push(offset + at + 1);
    offset += part.length;
  }
  // The last line may lack its end.
  if (starts.at(-1) !== offset) starts.push(offset);
  return { sha256: hash.digest('hex'), starts };
}
