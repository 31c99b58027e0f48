import { BLANK, linesOf, type Line } from './lines.ts';
import type { Block } from './block.ts';

const ATX_HEADING = /^ {0,3}(#{1,6})(?=[ \t]|$)/;
const UNDERLINE = /^ {0,3}(=+|-{2,})[ \t]*$/;
const THEMATIC_BREAK = /^ {0,3}(?:(?:-[ \t]*){3,}|(?:\*[ \t]*){3,}|(?:_[ \t]*){3,})$/;
/** Of code; what has further backticks is a span of it. */
export const FENCE = /^ {0,3}(`{3,}(?=[^`]*$)|~{3,})/;
const CLOSING_FENCE = /^ {0,3}(`+|~+)[ \t]*$/;
const PRE = /^ {0,3}<pre(?=[\s>]|$)/i;
const ITEM = /^[ \t]*(?:[-*+]|\d{1,9}[.)])[ \t]+\S/;
/** Only a bullet or `1.` may begin a list right below running text: "… lasts\n28. Then …" stays one paragraph. */
const INTERRUPTING_ITEM = /^[ \t]*(?:[-*+]|1[.)])[ \t]+\S/;
/** Of a line without white space around it. */
const TABLE_RULE = /^\|?[ \t]*:?-+:?[ \t]*(?:\|[ \t]*:?-+:?[ \t]*)*\|?$/;
/** No title is as long: what is marked as one is text, and would else stand above every passage below it. */
const LONGEST_TITLE = 200;

/**
 * Splits Markdown (line ends \n) into blocks, in order. Every line that isn't blank belongs to exactly one block. Takes time in
 * proportion to the text, whatever it holds: nothing is looked for again further on once it was not found.
 */
export function* blocks(text: string): Generator<Block, void> {
  const lines = linesOf(text);
  const ends = { pre: endsOf(text, /<\/pre\s*>/gi), comment: endsOf(text, /-->/g) };
  for (let i = 0; i < lines.length;) {
    if (BLANK.test(at(lines, i).text)) {
      i += 1;
      continue;
    }
    const { block, next } = blockAt(text, lines, i, ends);
    yield block;
    i = next;
  }
}

/** The block that begins at line `i`, and the line after it. */
function blockAt(text: string, lines: Line[], i: number, ends: Ends): { block: Block; next: number } {
  const line = at(lines, i);
  const upTo = (last: number) => ({ start: line.start, end: at(lines, last).end });

  const heading = headingOf(line.text);
  if (heading) return { block: { kind: 'heading', ...upTo(i), ...heading }, next: i + 1 };
  const underline = UNDERLINE.exec(lines[i + 1]?.text ?? '');
  if (underline && !losesText(line.text, underline[1] ?? '') && !startsBlock(line.text)) {
    const level = underline[1]?.startsWith('=') ? 1 : 2;
    return { block: { kind: 'heading', ...upTo(i + 1), level, title: plain(line.text) }, next: i + 2 };
  }
  if (THEMATIC_BREAK.test(line.text)) return { block: { kind: 'break', ...upTo(i) }, next: i + 1 };
  const last = endOfComment(text, lines, i, ends) ?? endOfCode(lines, i, ends) ?? endOfTable(lines, i);
  if (last) return { block: { kind: last.kind, ...upTo(last.line) }, next: last.line + 1 };
  const kind = ITEM.test(line.text) ? 'item' : 'paragraph';
  let end = i;
  while (end + 1 < lines.length && continues(lines, end + 1, kind)) end += 1;
  return { block: { kind, ...upTo(end) }, next: end + 1 };
}

function headingOf(line: string): { level: number; title: string } | undefined {
  const marks = ATX_HEADING.exec(line);
  if (!marks) return undefined;
  const text = line.slice(marks[0].length).trim();
  const closing = text.length - withoutLast(text, '#').length;
  const before = text.slice(0, text.length - closing);
  const title = plain(closing === 0 || /^$|\s$/.test(before) ? before.trim() : text);
  return title.length > LONGEST_TITLE ? undefined : { level: marks[1]!.length, title };
}

function withoutLast(text: string, mark: string): string {
  let end = text.length;
  while (text[end - 1] === mark) end -= 1;
  return text.slice(0, end);
}

/** The last line of a comment that is closed, with nothing else on its lines. */
function endOfComment(text: string, lines: Line[], i: number, ends: Ends): { kind: 'break'; line: number } | undefined {
  const { text: line, start } = at(lines, i);
  if (!line.trimStart().startsWith('<!--')) return undefined;
  const open = start + line.indexOf('<!--') + 4;
  const end = ends.comment(open);
  const other = text.indexOf('<!--', open);
  if (end === Infinity || (other >= 0 && other < end)) return undefined;
  const last = lineOf(lines, i, end);
  return text.slice(end, at(lines, last).end).trim() ? undefined : { kind: 'break', line: last };
}

function lineOf(lines: Line[], from: number, offset: number): number {
  let line = from;
  while (at(lines, line).end < offset) line += 1;
  return line;
}

/** The last line of fenced or preformatted code that begins at line `i`. */
function endOfCode(lines: Line[], i: number, ends: Ends): { kind: 'code'; line: number } | undefined {
  const { text, start } = at(lines, i);
  if (PRE.test(text)) {
    const end = ends.pre(start);
    return end === Infinity ? undefined : { kind: 'code', line: lineOf(lines, i, end) };
  }
  const fence = FENCE.exec(text)?.[1];
  if (!fence) return undefined;
  const closes = (line: string) => {
    const marks = CLOSING_FENCE.exec(line)?.[1] ?? '';
    return marks.startsWith(fence[0]!) && marks.length >= fence.length;
  };
  let last = i + 1;
  while (last < lines.length && !closes(at(lines, last).text)) last += 1;
  return { kind: 'code', line: Math.min(last, lines.length - 1) };
}

function endOfTable(lines: Line[], i: number): { kind: 'table'; line: number } | undefined {
  if (!isTableAt(lines, i)) return undefined;
  let last = i + 1;
  while (lines[last + 1]?.text.includes('|')) last += 1;
  return { kind: 'table', line: last };
}

/** Where what closes the next one ends, from an offset on that never goes back; infinite when nothing does. */
type Ends = Record<'pre' | 'comment', (from: number) => number>;

function endsOf(text: string, pattern: RegExp): (from: number) => number {
  let next = -1;
  return (from) => {
    if (next < from) {
      pattern.lastIndex = from;
      next = pattern.exec(text) ? pattern.lastIndex : Infinity;
    }
    return next;
  };
}

/** A sentence or list item above a line of dashes is text above a rule: taking it for a heading would lose it. */
const losesText = (text: string, underline: string) =>
  text.length > LONGEST_TITLE || ITEM.test(text) || (underline.startsWith('-') && /[.!?:;]$/.test(text.trimEnd()));

/** True when the line goes on with the paragraph or list item above it. */
function continues(lines: Line[], i: number, above: 'item' | 'paragraph'): boolean {
  const { text } = at(lines, i);
  const item = above === 'item' ? ITEM : INTERRUPTING_ITEM;
  return !BLANK.test(text) && !startsBlock(text) && !item.test(text) && !isTableAt(lines, i);
}

const startsBlock = (text: string) =>
  headingOf(text) !== undefined ||
  THEMATIC_BREAK.test(text) ||
  FENCE.test(text) ||
  PRE.test(text) ||
  text.trimStart().startsWith('<!--');

function isTableAt(lines: Line[], i: number): boolean {
  const rule = lines[i + 1]?.text ?? '';
  return at(lines, i).text.includes('|') && rule.includes('|') && TABLE_RULE.test(rule.trim());
}

function at(lines: Line[], i: number): Line {
  const line = lines[i];
  if (!line) throw new RangeError(`line ${i} of ${lines.length}`);
  return line;
}

/** A heading's words without emphasis, code marks and link targets. */
const plain = (title: string) =>
  title
    .replace(/!?\[([^[\]]*)\]\([^()]*(?:\([^()]*\)[^()]*)*\)/g, '$1')
    .replace(/[*`]+/g, '')
    .trim();
