import { ADVERBS, PLURALS, PREPOSITIONS, RELATIVES, SINGULARS } from './lexicon.ts';
import type { Token } from './tokens.ts';

export const isAdverb = (token: Token): boolean =>
  ADVERBS.has(token.low) || (token.tags.has('Adverb') && token.low.endsWith('ly'));

/** The noun that a subject is about; undefined where there are no words. */
export function headOf(subject: readonly Token[]): Token | undefined {
  let end = subject.findIndex((token, index) => index > 0 && (PREPOSITIONS.has(token.low) || RELATIVES.has(token.low)));
  const quantity = subject.findIndex((token) => /^(percent|%|most|many|some)$/.test(token.low));
  const of = subject.findIndex((token) => token.low === 'of');
  if (quantity >= 0 && of > quantity && of + 1 < subject.length) return headOf(subject.slice(of + 1));
  if (end <= 0) end = subject.length;
  if (subject[0]?.low === 'about' || subject[0]?.low === 'over') end = subject.length;
  const part = subject.slice(0, end);
  const last = part.at(-1) ?? subject[0];
  if (!last) return undefined;
  if (!last.tags.has('Adjective') && !last.tags.has('Comparative')) return last;
  return part.findLast((token) => token.tags.has('Noun')) ?? last;
}

/** Whether the verb of this subject takes the plural. */
export function isPlural(subject: readonly Token[]): boolean {
  const head = headOf(subject);
  if (!head) return false;
  if (['we', 'you', 'they', 'i'].includes(head.low)) return true;
  const headIndex = subject.indexOf(head);
  if (subject.slice(0, headIndex).some((token) => token.low === 'and')) return true;
  if (['a', 'an'].includes(subject[0]?.low ?? '')) return false;
  if (SINGULARS.has(head.low)) return false;
  if (/(?:emias|omas)$/.test(head.low)) return true;
  return PLURALS.has(head.low) || (/[^sui]s$/.test(head.low) && !head.tags.has('Singular')) || head.tags.has('Plural');
}
