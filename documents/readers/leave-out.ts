import { FENCE } from './markdown-blocks.ts';

/** What stands in a document and is no text of it: comments, pictures, embedded data, scripts. */

export interface LeftOut {
  kind: 'comment' | 'picture' | 'data' | 'script';
  /** Offsets in UTF-16 code units into the text that was given. */
  start: number;
  end: number;
}

/** A URI with so much in it was put there by a program; a short one may be an example that the text speaks of. */
const DATA = String.raw`\bdata:[a-z]+\/[\w.+-]+(?:;[\w.=-]+)*,[^\s"'()<>]{100,}`;
const LABEL = String.raw`\[[^\[\]\n]*\]`;
const TARGET = String.raw`\([^()\n]*(?:\([^()\n]*\)[^()\n]*)*\)`;
const PICTURE = `!${LABEL}(?:${TARGET}|${LABEL})`;

/**
 * Each alternative ends at the next character that could begin one, so that a document of any number of unclosed ones is read in
 * linear time. A code span is found so as to be kept: it may be about comments or pictures.
 */
const IN_PROSE = new RegExp(
  [
    '(?<code>(?<!`)(?<ticks>`{1,3})(?!`)[^\\n]*?(?<!`)\\k<ticks>(?!`))',
    // The second form is a link that nothing points at, which writers of Markdown use for comments.
    String.raw`(?<comment><!--(?:(?!<!--)[^])*?-->|^ {0,3}\[(?:\/\/|comment)\]:[^\n]*$)`,
    String.raw`(?<script><(?<tag>script|style)\b[^<>]*>(?:(?!<\k<tag>\b)[^])*?<\/\k<tag>\s*>)`,
    String.raw`(?<picture>\[${PICTURE}\]${TARGET}|${PICTURE}|<img\b[^<>]*>|<svg\b[^<>]*>(?:(?!<svg\b)[^])*?<\/svg\s*>|^ {0,3}\[[^\[\]\n]+\]:[ \t]*<?data:[^\s<>]{20,}>?[ \t]*$)`,
    `(?<data>${DATA})`,
  ].join('|'),
  'gim',
);
const IN_CODE = new RegExp(`(?<data>${DATA})`, 'gi');

/**
 * Takes out of Markdown the comments that are closed, pictures with their descriptions, scripts and styles, and of any text data:
 * URIs of some length. Code keeps the rest. A line that has nothing else goes with its end.
 */
export function leaveOut(text: string, format: 'markdown' | 'text'): { text: string; leftOut: LeftOut[] } {
  const regions = format === 'text' ? [{ start: 0, end: text.length, isCode: true }] : regionsOf(text);
  const leftOut = regions.flatMap(({ start, end, isCode }) =>
    [...text.slice(start, end).matchAll(isCode ? IN_CODE : IN_PROSE)].flatMap(({ index, 0: found, groups }) => {
      const kind = KINDS.find((name) => groups?.[name] !== undefined);
      return kind ? [{ kind, start: start + index, end: start + index + found.length }] : [];
    }),
  );
  const parts: string[] = [];
  let from = 0;
  let lineIsEmpty = true;
  for (const one of leftOut) {
    const between = text.slice(from, one.start);
    parts.push(between);
    const lineEnd = between.lastIndexOf('\n');
    lineIsEmpty = (lineEnd >= 0 || lineIsEmpty) && !between.slice(lineEnd + 1).trim();
    const rest = /[ \t]*(?:\n|$)/y;
    rest.lastIndex = one.end;
    const toLineEnd = lineIsEmpty ? rest.exec(text)?.[0] : undefined;
    // Of the spaces on both sides one is enough.
    one.end += toLineEnd?.length ?? (/[ \t]$/.test(between) && text[one.end] === ' ' ? 1 : 0);
    from = one.end;
  }
  return { text: [...parts, text.slice(from)].join(''), leftOut };
}

const KINDS = ['comment', 'script', 'picture', 'data'] as const;

/** The fenced code of a document, and what lies between. */
export function regionsOf(text: string): { start: number; end: number; isCode: boolean }[] {
  const regions: { start: number; end: number; isCode: boolean }[] = [];
  let fence: string | undefined;
  let from = 0;
  let start = 0;
  const close = (end: number, isCode: boolean) => {
    if (end > from) regions.push({ start: from, end, isCode });
    from = end;
  };
  for (const line of text.split('\n')) {
    const marks = FENCE.exec(line)?.[1];
    const next = Math.min(start + line.length + 1, text.length);
    if (fence === undefined && marks) {
      close(start, false);
      fence = marks;
    } else if (fence !== undefined && marks?.startsWith(fence) && !line.trim().replaceAll(fence[0]!, '')) {
      close(next, true);
      fence = undefined;
    }
    start = next;
  }
  close(text.length, fence !== undefined);
  return regions;
}
