import { readFile } from 'node:fs/promises';
import { relative } from 'node:path';
import { isMap, isPair, LineCounter, parseDocument, type Document, type YAMLError } from 'yaml';
import { decodeText, notTextMessage } from './decode-text.ts';
import { ConfigError, fieldName, type Locate } from './config-errors.ts';
import type { Path } from './field-schema.ts';

/**
 * Reads a YAML file of one mapping, and can say on which line a field stands.
 * @param options.notes whether `x-...` at the top is a note of the writer's, as in other YAML of operators
 * @throws ConfigError
 */
export async function readYaml(
  file: string,
  projectRoot: string,
  { notes = true }: { notes?: boolean } = {},
): Promise<{ value: unknown; at: Locate }> {
  const below = relative(projectRoot, file);
  const shown = below.startsWith('..') ? file : below;
  const text = await readText(file, shown);
  const lines = new LineCounter();
  // `<<` takes over what another mapping has: YAML 1.2 dropped it, and people write it all the same.
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, merge: true });
  // The others mostly follow from the first. A tag that nothing resolves is a warning to the parser: its value would be another.
  const [error] = [...document.errors, ...document.warnings];
  if (error) {
    const { line } = lines.linePos(error.pos[0]);
    throw new ConfigError([deeperLine(shown, text, line, error) ?? `${shown}:${line}: ${yamlProblem(error)}`]);
  }
  let value: unknown;
  try {
    value = document.toJS();
  } catch (cause) {
    // `*` starts an alias in YAML, and a glob is the usual way to write one by mistake.
    const line = text.split('\n').findIndex((l) => /(^|[\s[,])\*/.test(l)) + 1;
    const { message } = cause as Error;
    const fix = message.startsWith('Excessive alias count')
      ? 'write out what the aliases stand for'
      : 'write a value that starts with * in quotes';
    throw new ConfigError([`${shown}:${line || 1}: not valid YAML: ${message}; ${fix}`]);
  }
  if (value === null || value === undefined) {
    throw new ConfigError([`${shown}:1: the file is empty; expected fields, one a line, such as name: my-model`]);
  }
  return {
    value: notes ? withoutNotes(value) : value,
    at: (path, key) => `${shown}:${lineOf({ document, lines, path, key })}: ${fieldName(key ? [...path, key] : path)}`,
  };
}

/** `x-...` at the top holds what `<<` and aliases use elsewhere. */
function withoutNotes(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).filter(([key]) => !key.startsWith('x-')));
}

async function readText(file: string, shown: string): Promise<string> {
  const decoded = decodeText(await readBytes(file, shown));
  if (decoded.status === 'not-text') throw new ConfigError([notTextMessage(shown, decoded)]);
  return decoded.text;
}

async function readBytes(file: string, shown: string): Promise<Buffer> {
  try {
    return await readFile(file);
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    const why = code === 'ENOENT' ? 'no such file' : code === 'EISDIR' ? 'it is a folder' : message;
    throw new ConfigError([`${shown}: ${why}; give a YAML file, or the name of one below configs/`]);
  }
}

/** What to do about the slips that people make most, after the parser's own words. */
const YAML_FIXES: Partial<Record<YAMLError['code'], string>> = {
  BLOCK_AS_IMPLICIT_KEY: 'give each field a line of its own, all indented alike, and quote text that holds ": "',
  MULTILINE_IMPLICIT_KEY: 'write a field as "name: value"',
  BAD_INDENT: 'close the bracket, or indent the line',
  MISSING_CHAR: 'close the quote',
  TAB_AS_INDENT: 'indent with spaces',
  BAD_SCALAR_START: 'put the value in quotes',
  DUPLICATE_KEY: 'keep one of the two fields',
  BLOCK_IN_FLOW: 'close the bracket, and put text that holds ": " in quotes',
  UNEXPECTED_TOKEN: 'put text with { } [ ] in quotes; variables of the environment are not filled in',
  BAD_DQ_ESCAPE: 'write \\\\ for a backslash, or use single quotes',
  TAG_RESOLVE_FAILED: 'leave the tag out',
  MULTIPLE_DOCS: 'keep one config a file, without --- between',
};

function yamlProblem({ code, message }: YAMLError): string {
  const fix = YAML_FIXES[code];
  return `not valid YAML: ${message}${fix ? `; ${fix}` : ''}`;
}

/** A field that stands deeper than the one above it: the parser blames the line above, which has a value already. */
function deeperLine(shown: string, text: string, line: number, { code }: YAMLError): string | undefined {
  if (code !== 'BLOCK_AS_IMPLICIT_KEY' && code !== 'BAD_INDENT') return undefined;
  const written = text
    .split(/\r?\n/)
    .map((content, i) => ({ content, number: i + 1, indent: content.length - content.trimStart().length }))
    .filter(({ content }) => content.trim() !== '' && !content.trim().startsWith('#'));
  const next = written.findIndex(({ number }) => number >= line + (code === 'BAD_INDENT' ? 0 : 1));
  const [above, below] = [written[next - 1], written[next]];
  const field = /^\s+([\w-]+)\s*:(?:\s|$)/.exec(below?.content ?? '')?.[1];
  if (!above || !below || field === undefined || below.indent <= above.indent) return undefined;
  if (!/^\s*[\w-]+\s*:\s+[^\s#]/.test(above.content)) return undefined;
  const spaces = (count: number) => `${count} ${count === 1 ? 'space' : 'spaces'} in`;
  return `${shown}:${below.number}: not valid YAML: found ${field} ${spaces(below.indent)}, below line ${above.number}, which has a value of its own; expected it ${spaces(above.indent)}, as line ${above.number} is`;
}

/** The line of a field, or of its nearest parent that is written in the file. */
function lineOf(options: { document: Document; lines: LineCounter; path: Path; key?: string | undefined }): number {
  const { document, lines, path, key } = options;
  for (let depth = path.length; depth >= 0; depth--) {
    const node = depth === 0 ? document.contents : document.getIn(path.slice(0, depth) as (string | number)[], true);
    if (!node || typeof node !== 'object' || !('range' in node) || !node.range) continue;
    if (key && depth === path.length && isMap(node)) {
      const pair = node.items.find((item) => isPair(item) && String(item.key) === key);
      const range = (pair?.key as { range?: [number, number, number] } | undefined)?.range;
      if (range) return lines.linePos(range[0]).line;
    }
    return lines.linePos((node.range as number[])[0] ?? 0).line;
  }
  return 1;
}
