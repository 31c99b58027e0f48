/** Pure text rules that datasets, judges and evaluation share. */

/** Lower case, compatibility forms folded, quotes and dashes made plain, white space single. */
export function normalise(text: string): string {
  return text
    .normalize('NFKC')
    .toLowerCase()
    .replace(/[\u2018\u2019]/g, "'")
    .replace(/[\u201c\u201d]/g, '"')
    .replace(/[\u2010-\u2015]/g, '-')
    .replace(/\s+/g, ' ')
    .trim();
}

/** Words and numbers of a normalised text, in order; an apostrophe, decimal point or hyphen inside a word stays. */
export const words = (text: string): string[] => wordsOf(normalise(text));

/** The words of a text that is normalised already. */
export function wordsOf(normalised: string): string[] {
  return normalised.match(/\p{L}[\p{L}\p{M}\p{N}]*(?:['-][\p{L}\p{N}]+)*|\p{N}+(?:[.,]\p{N}+)*/gu) ?? [];
}

/** Scripts that put no space between words. */
const SPACELESS = String.raw`\p{sc=Han}\p{sc=Hiragana}\p{sc=Katakana}\p{sc=Thai}\p{sc=Lao}\p{sc=Khmer}\p{sc=Myanmar}`;
const LETTER = String.raw`[[\p{L}\p{M}\p{N}]--[${SPACELESS}]]`;

/**
 * Words and punctuation marks, one by one. A script without spaces gives one for each character, and a run of letters that is
 * longer than any word one for each four, about as the tokenizers of models do.
 */
export const TOKEN = new RegExp(
  [
    `(?<!${LETTER})${LETTER}{1,24}(?!${LETTER})`,
    `${LETTER}{1,4}`,
    `[${SPACELESS}]`,
    String.raw`[^\s\p{L}\p{M}\p{N}]`,
  ].join('|'),
  'gv',
);

/** The cheap, model-free measure of a chunk's budget: how many tokens there are. */
export const countTokens = (text: string): number => text.match(TOKEN)?.length ?? 0;

const SENTENCES = new Intl.Segmenter('en', { granularity: 'sentence' });

/** Sentences with their offsets into `text`, by Unicode's rules; white space around them is not part of them. */
export function sentences(text: string): { text: string; start: number; end: number }[] {
  const found: { text: string; start: number; end: number }[] = [];
  // A line break inside a paragraph ends no sentence, though Unicode's rule says so: a space of the same length stands for it.
  const unwrapped = text.replace(/\n(?![ \t]*\n)/g, ' ');
  for (const { segment, index } of SENTENCES.segment(unwrapped)) {
    const trimmed = segment.trim();
    if (!trimmed) continue;
    const start = index + segment.indexOf(trimmed);
    found.push({ text: text.slice(start, start + trimmed.length), start, end: start + trimmed.length });
  }
  return found;
}
