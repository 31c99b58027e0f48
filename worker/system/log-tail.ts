import { closeSync, fstatSync, openSync, readSync } from 'node:fs';

const READ_BYTES = 16_384;
const LINES = 15;

/** The last lines of a log, set off for a message, with the file's name. A log may have grown large: only its end is read. */
export function logTail(file: string): string {
  const log = openSync(file, 'r');
  try {
    const { size } = fstatSync(log);
    const bytes = Buffer.alloc(Math.min(READ_BYTES, size));
    readSync(log, bytes, 0, bytes.length, size - bytes.length);
    const lines = bytes.toString('utf8').trimEnd().split('\n').slice(-LINES);
    return `${lines.map((line) => `  | ${line}`).join('\n')}\n  (whole log: ${file})`;
  } finally {
    closeSync(log);
  }
}
