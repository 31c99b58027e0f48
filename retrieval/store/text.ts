import type { IndexedPassage } from '../../schema/retrieval.ts';

/** What is searched of a passage, by words and by meaning: what it stands under, then what it says. */
export function searchedText({ title, headings, context, text }: IndexedPassage): string {
  // The first heading is mostly the document's title.
  const under = [...new Set([title, ...headings])].filter(Boolean).join(': ');
  return [under, context, text].filter(Boolean).join('\n');
}

/** How many words a text has, for BM25's length. */
export const countWords = (text: string): number => text.match(/[\p{L}\p{N}]+/gu)?.length ?? 0;

/** Words that say nothing of what is asked for. */
const STOP_WORDS = new Set(
  (
    'a about am an and any are as at be been being but by can could did do does doing for from had has have having how i if im in into is it its ' +
    'just me my no not of on or our should so than that the their them then there these they this those to too up was we were what when ' +
    'where which while who whom why will with would you your'
  ).split(' '),
);

/** The words to look for in a question: without those that say nothing, where others remain. */
export function wordsOf(question: string): string[] {
  const words = question.normalize('NFC').match(/[\p{L}\p{N}\p{M}]+/gu) ?? [];
  const telling = words.filter((word) => !STOP_WORDS.has(word.toLowerCase()));
  return telling.length > 0 ? telling : words;
}
