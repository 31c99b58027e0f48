import { createReadStream } from 'node:fs';
import { relative } from 'node:path';
import { z } from 'zod';
import { ArtifactError, type LineRange } from './types.ts';

/**
 * Streams a JSON-lines file, each line parsed by the schema where there is one. Blank lines are skipped.
 * With a range, only the lines [from, to) are parsed, and none after them is read.
 * @throws ArtifactError naming file:line
 */
export async function* readJsonLinesFile<T = unknown>(
  path: string,
  schema?: z.ZodType<T>,
  { from, to }: LineRange = { from: 0, to: Infinity },
): AsyncGenerator<T, void> {
  let number = 0;
  for await (const line of linesOf(path)) {
    if (number >= to) return;
    number += 1;
    if (number > from && line.trim()) yield parseLine(line, () => `${relative(process.cwd(), path)}:${number}`, schema);
  }
}

/** Lines end at \n alone: node:readline would also cut at U+2028, which JSON leaves raw inside strings. */
async function* linesOf(path: string): AsyncGenerator<string, void> {
  let rest = '';
  for await (const part of createReadStream(path, 'utf8')) {
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
