import { normalise } from '../../language/text.ts';

/** What a text says without how it is marked up. Offsets stay: a mark becomes as many spaces that break no line. */

const FILLER = '\u00a0';
const blank = (text: string) => FILLER.repeat(text.length);
const INLINE_TAG =
  /<\/?(?:a|abbr|b|big|br|code|del|em|i|ins|kbd|mark|s|small|span|strong|sub|sup|u)(?:\s[^<>]*)?\/?>/gi;
const LINK = /(!?\[)([^[\]\n]*)(\](?:\([^()\s]*(?:[ \t]+"[^"\n]*")?\)|\[[^[\]\n]*\])?)/g;
const MARKS = /\*+|_+|`+|~{2,}/g;
const WORD = /[\p{L}\p{N}]/u;

/** The text with emphasis, code marks, links' targets, inline tags and escapes blanked, of the same length. */
export function withoutMarkup(text: string): string {
  return text
    .replace(INLINE_TAG, blank)
    .replace(LINK, (all: string, open: string, label: string, close: string) =>
      // A task's box, or a bracket in running text, is none.
      close.length === 1 && open.length === 1 ? all : `${blank(open)}${label}${blank(close)}`,
    )
    .replace(MARKS, (marks: string, at: number, whole: string) => withoutMarks(marks, at, whole))
    .replace(/\\(?=[!-/:-@[-`{-~])/g, FILLER);
}

function withoutMarks(marks: string, at: number, whole: string): string {
  const [before, after] = [whole[at - 1] ?? '\n', whole[at + marks.length] ?? '\n'];
  const isFence =
    marks.length >= 3 && /^[`~]/.test(marks) && /(?:^|\n) {0,3}$/.test(whole.slice(Math.max(0, at - 4), at));
  // A bullet, a rule, a fence: part of how the text is laid out. Within a word, or between numbers, it is no mark.
  if (isFence || (/\s/.test(before) && /\s/.test(after)) || (WORD.test(before) && WORD.test(after))) return marks;
  return blank(marks);
}

/** What makes two statements the same: letter case, white space, quotes, dashes and the last stop don't count. */
export const sameWhen = (text: string): string =>
  normalise(text)
    .replace(/\s+(?=[.,;:!?)\]%])/g, '')
    .replace(/(?<=[([])\s+/g, '')
    .replace(/[\s.,;:!?]+$/, '');

/** On one line, as people read it. */
export const onOneLine = (text: string): string =>
  text
    .replace(/\s+/g, ' ')
    .replace(/ (?=[.,;:!?)\]%])/g, '')
    .trim();
