import { decodeText } from '../../common/decode-text.ts';
import { splitFrontMatter } from './front-matter.ts';
import { leaveOut, type LeftOut } from './leave-out.ts';
import { tablesAsMarkdown } from './web/tables-as-markdown.ts';
import { empty, notText, refused, saysNothing, type FileRead } from './reader.ts';

/** A budget counts no white space, and more than this says nothing. */
const LONG_SPACE = /[^\S\n]{100,}/g;
const MANY_LINES = /\n{100,}/g;

/**
 * Reads a file that is text: in UTF-8 or UTF-16, front matter taken as metadata, without comments, pictures and embedded data. Line ends
 * become \n and a byte order mark goes, so that a checkout's line ends change no offset.
 */
export function readTextFile(bytes: Uint8Array, format: 'markdown' | 'text'): FileRead {
  const decoded = decodeText(bytes);
  if (decoded.status === 'not-text') return notText(decoded);
  const text = decoded.text.replace(/\r\n?/g, '\n').replace(LONG_SPACE, ' ').replace(MANY_LINES, '\n\n');
  const matter = splitFrontMatter(text);
  // Lines of dashes may mean anything in plain text.
  if (matter.status === 'malformed' && format === 'markdown') return badFrontMatter(matter.line, matter.found);
  const { metadata, body }: { metadata: Record<string, unknown>; body: string } =
    matter.status === 'parsed' ? matter : { metadata: {}, body: text };
  for (const field of ['title', 'licence', 'license']) {
    if (metadata[field] !== null && typeof metadata[field] === 'object')
      return badFrontMatter(lineOf(text, field), `${field} that is not text`);
  }
  const { text: kept, leftOut } = leaveOut(format === 'markdown' ? tablesAsMarkdown(body) : body, format);
  if (saysNothing(kept)) return empty(emptiness(text, kept, leftOut));
  return { status: 'read', text: kept, metadata, leftOut: countsOf(leftOut) };
}

function countsOf(leftOut: readonly LeftOut[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { kind } of leftOut) counts[kind] = (counts[kind] ?? 0) + 1;
  return counts;
}

const badFrontMatter = (line: number, found: string): FileRead =>
  refused({
    kind: 'front-matter',
    line,
    found,
    expected: 'YAML fields such as `title: …` between two lines of ---',
    fix: 'correct that line, or close the front matter with ---; if the first --- is a rule, leave an empty line below it',
  });

function emptiness(text: string, kept: string, leftOut: readonly LeftOut[]): string {
  if (!text.trim()) return 'an empty file';
  if (kept.trim()) return 'no letter and no number';
  return leftOut.length > 0 ? 'nothing but comments, pictures and data' : 'front matter and no text';
}

const lineOf = (text: string, field: string) =>
  text.split('\n').findIndex((line) => line.trimStart().startsWith(`${field}:`)) + 1 || 1;
