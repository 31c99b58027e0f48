import type { Asked } from './forms/forms.ts';
import { contentWords } from './words/content-words.ts';
import { ADVERBS } from './words/lexicon.ts';
import { asAsker, dangles } from './words/persons.ts';
import { isWellPut } from './well-put.ts';

const MAX_WORDS = 24;

/** A gap in the asker's words, where it stands alone, is whole and leaves something to answer. */
export function usable(gap: Asked, sentence: string): Asked[] {
  const direct = gap.said ? gap.direct : asAsker(withoutAlso(gap.direct));
  if (direct === undefined || !isWhole(direct) || dangles(direct) || givesAway(direct, sentence)) return [];
  const embedded = gap.embedded === undefined ? undefined : asAsker(withoutAlso(gap.embedded));
  return [
    {
      direct,
      ...(embedded !== undefined && isWhole(embedded) && { embedded }),
      ...(gap.names && { names: true }),
      ...(gap.form && { form: gap.form }),
    },
  ];
}

/** "Also" speaks to the sentence before. */
const withoutAlso = (text: string): string => text.replace(/ (?:also|already)(?= \p{L})/u, '');

const MANNER = /^(?:what|who) (\w+ly) \w/;

function isWhole(text: string): boolean {
  if (/^what (?:(?:can|may|might|could|will) (?:i|you|we)|(?:i|you|we) (?:can|may|might|could|will)) \w+$/i.test(text))
    return false;
  const manner = MANNER.exec(text)?.[1];
  if (manner !== undefined && !ADVERBS.has(manner) && manner !== 'family') return false;
  if (!isWellPut(text)) return false;
  if (/\b(?:should|then) then\b|\b(?:then|either)\b|\bme (?:can|have|are|should)\b/.test(text)) return false;
  if (text.split(' ').length > MAX_WORDS || /[\p{Cc}<>{}|\\$]|\.\s|[:;]\s/u.test(text)) return false;
  if ((text.match(/["\u201c\u201d]/g)?.length ?? 0) % 2 === 1) return false;
  if ((text.match(/\(/g)?.length ?? 0) !== (text.match(/\)/g)?.length ?? 0)) return false;
  return !/\b(?:the|a|an|and|or|because|its|their|your|my)$|,$/.test(text) && /\p{L}{3}/u.test(text);
}

function givesAway(question: string, answer: string): boolean {
  const asked = contentWords(question);
  return [...contentWords(answer)].filter((word) => !asked.has(word)).length < 1;
}
