import { decodeText } from '../../common/decode-text.ts';
import type { DocumentProblem } from '../../common/errors.ts';
import { linesOf } from './lines.ts';
import { blocks } from './markdown-blocks.ts';
import { notText, saysNothing, unreadableFile, wordsOf, type DocumentRead, type DocumentReader } from './reader.ts';

/** Names that a record's text, name and title have in what other tools write: datasets, LangChain, LlamaIndex, Haystack. */
const TEXT = ['text', 'content', 'body', 'page_content', 'markdown', 'document'];
const NAME = ['id', '_id', 'doc_id', 'uuid', 'url', 'uri', 'path'];
const TITLE = ['title', 'name', 'heading'];
const EXPECTED = `a JSON object with its text under ${TEXT.map((name) => `"${name}"`).join(', ')}`;

/** A document on each line. A line that is none is told, and the others are read. */
export const jsonLinesReader: DocumentReader = {
  endings: ['.jsonl', '.ndjson'],
  version: 'json-lines-1',
  read(bytes) {
    const decoded = decodeText(bytes);
    if (decoded.status === 'not-text') return notText(decoded);
    const records: (DocumentRead & { name: string })[] = [];
    const problems: Omit<DocumentProblem, 'file'>[] = [];
    const names = new Map<string, number>();
    for (const [i, { text: line }] of linesOf(decoded.text).entries()) {
      if (!line.trim()) continue;
      const record = recordOf(line, i + 1);
      const twice = 'kind' in record ? undefined : names.get(record.name);
      if ('kind' in record) problems.push(record);
      else if (twice !== undefined)
        problems.push({
          kind: 'duplicate-id',
          line: i + 1,
          found: `the name ${JSON.stringify(record.name)}, which line ${twice} has too`,
          expected: 'a name of its own',
          fix: 'rename one of them',
        });
      else {
        names.set(record.name, i + 1);
        records.push(record);
      }
    }
    if (records.length + problems.length === 0)
      return unreadableFile('an empty file', EXPECTED, 'write it, or remove the file');
    return { status: 'records', records, problems };
  },
  blocks,
};

function recordOf(line: string, number: number): (DocumentRead & { name: string }) | Omit<DocumentProblem, 'file'> {
  const problem = (found: string, fix: string) => ({
    kind: 'malformed' as const,
    line: number,
    found,
    expected: EXPECTED,
    fix,
  });
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch (error) {
    return problem(`no JSON (${wordsOf(error)})`, 'correct that line');
  }
  if (value === null || typeof value !== 'object' || Array.isArray(value))
    return problem(
      Array.isArray(value) ? 'a list' : `a ${value === null ? 'null' : typeof value}`,
      'write an object on each line',
    );
  const fields = value as Record<string, unknown>;
  const textAt = TEXT.find((name) => typeof fields[name] === 'string');
  if (textAt === undefined)
    return problem(`the fields ${Object.keys(fields).join(', ') || '(none)'}`, 'name the field of the text so');
  const text = (fields[textAt] as string).replace(/\r\n?/g, '\n');
  if (saysNothing(text))
    return {
      kind: 'empty',
      line: number,
      found: `nothing under "${textAt}"`,
      expected: 'some text',
      fix: 'write it, or remove the line',
    };
  const nested = isObject(fields['metadata']) ? fields['metadata'] : isObject(fields['meta']) ? fields['meta'] : {};
  const metadata: Record<string, unknown> = { ...nested, ...fields };
  for (const name of [textAt, 'metadata', 'meta']) delete metadata[name];
  const named = NAME.map((name) => scalar(metadata[name])).find((name) => name !== undefined);
  const title = TITLE.map((name) => scalar(metadata[name])).find((name) => name !== undefined);
  return { name: named ?? `line ${number}`, text, metadata, ...(title !== undefined && { title }), leftOut: {} };
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  value !== null && typeof value === 'object' && !Array.isArray(value);

const scalar = (value: unknown): string | undefined =>
  (typeof value === 'string' && value.trim()) || typeof value === 'number' ? String(value).trim() : undefined;
