import { createReadStream } from 'node:fs';
import { relative } from 'node:path';
import { z } from 'zod';
import { ArtifactError } from '../common/errors.ts';
import type { LineRange } from './store.ts';

/**
 * Streams a JSON-lines file, each line parsed by the schema where there is one. Blank lines are skipped.
 * @param part lines [from, to) only, and nothing else of the file is read; `starts` are the offsets of its lines
 * @throws ArtifactError naming file:line
 */
export async function* readJsonLinesFile<T = unknown>(
  path: string,
  schema?: z.ZodType<T>,
  part?: LineRange & { starts: readonly number[] },
): AsyncGenerator<T, void> {
  let number = part?.from ?? 0;
  for await (const line of linesOf(path, part && bytesOf(part))) {
    number += 1;
    if (line.trim()) yield parseLine(line, () => `${relative(process.cwd(), path)}:${number}`, schema);
  }
}

function bytesOf({ from, to, starts }: LineRange & { starts: readonly number[] }): { start: number; end: number } {
  const size = starts.at(-1) ?? 0;
  return { start: starts[from] ?? size, end: starts[to] ?? size };
}

/** Lines end at \n alone: node:readline would also cut at U+2028, which JSON leaves raw inside strings. */
async function* linesOf(path: string, bytes?: { start: number; end: number }): AsyncGenerator<string, void> {
  if (bytes && bytes.start >= bytes.end) return;
  let rest = '';
  // A stream's end is its last byte.
  const options = { encoding: 'utf8' as const, ...(bytes && { start: bytes.start, end: bytes.end - 1 }) };
  for await (const part of createReadStream(path, options)) {
    const lines = (rest + (part as string)).split('\n');
    rest = lines.pop() ?? '';
    yield* lines;
  }
  if (rest) yield rest;
}

function parseLine<T>(line: string, place: () => string, schema?: z.ZodType<T>): T {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch (cause) {
    throw new ArtifactError(`${place()}: found ${JSON.stringify(line.slice(0, 60))}, expected one line of JSON`, {
      cause,
    });
  }
  if (!schema) return value as T;
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new ArtifactError(`${place()}: not what was expected:\n${z.prettifyError(parsed.error)}`, {
    cause: parsed.error,
  });
}
