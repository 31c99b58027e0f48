import { tokenise } from '../../language/analysis.ts';
import { STOP_WORDS } from '../../language/words-of-english.ts';

/**
 * Marks of a small model that has lost its thread, beside those that `readable` sees in one sentence: numbers and words run into one
 * another, a share without a number, and phrases that come round again and again over the whole text.
 */

const LOOP_WORDS = 6;
/** A phrase of six words that is said so often, and makes up so much of a text, is a loop; sentences of a list may share one. */
const LOOP_TIMES = 3;
const LOOP_SHARE = 0.25;
/** Within one sentence, so long a phrase is not said twice. */
const LONG_PHRASE_WORDS = 8;

/** What is garbled in a text, or undefined. `known` are texts whose numbers and words are taken as meant. */
export function garbled(text: string, known: readonly string[] = []): string | undefined {
  return joinedNumber(text, known) ?? joinedWords(text, known) ?? loop(text) ?? emptyShare(text) ?? echoedPart(text);
}

/**
 * '120202 months' out of '12': a number that no given text has, too long to be read and not round, or one that is made of the same
 * digits twice. Only where given texts say which numbers are meant; years are none.
 */
function joinedNumber(text: string, known: readonly string[]): string | undefined {
  if (known.length === 0) return undefined;
  const given = new Set(known.flatMap((one) => one.match(/\d+/g) ?? []));
  for (const [digits] of text.matchAll(/(?<![\d.,:/+-])\d{4,}(?![\d:/-])/g)) {
    if (given.has(digits) || /^(?:19|20)\d\d$/.test(digits)) continue;
    const twice = /^(\d{2,})\1+$/.test(digits);
    if (twice || (digits.length >= 5 && !digits.endsWith('00'))) return `'${digits}' is no number that anyone says`;
  }
  return undefined;
}

/** 'The blueThe blue kettle': a word that goes on as another one. */
function joinedWords(text: string, known: readonly string[]): string | undefined {
  const given = new Set(known.flatMap((one) => one.toLowerCase().match(/\p{L}+/gu) ?? []));
  for (const [whole, first, second] of text.matchAll(/(?<!\p{L})(\p{L}*\p{Ll})(\p{Lu}\p{Ll}*)(?!\p{L})/gu)) {
    const [before, after] = [first!.toLowerCase(), second!.toLowerCase()];
    const opens = before.length > 2 && (STOP_WORDS.has(after) || (given.has(before) && given.has(after)));
    if (opens && !known.some((one) => one.includes(whole))) return `'${whole}' is two words in one`;
  }
  return undefined;
}

/** A phrase that comes round three times in a text, or a long one twice in a sentence. */
function loop(text: string): string | undefined {
  const words = tokenise(text).filter((token) => /[\p{L}\p{N}]/u.test(token));
  const times = Math.max(LOOP_TIMES, Math.ceil((LOOP_SHARE * words.length) / LOOP_WORDS));
  const often = repeated(words, LOOP_WORDS, times);
  if (often) return `'${often}' comes round again and again`;
  for (const sentence of text.split(/[.!?;\n]+/)) {
    const twice = repeated(
      tokenise(sentence).filter((token) => /[\p{L}\p{N}]/u.test(token)),
      LONG_PHRASE_WORDS,
      2,
    );
    if (twice) return `'${twice}' is said twice in one sentence`;
  }
  return undefined;
}

/** Occurrences that overlap count once. */
function repeated(words: readonly string[], size: number, times: number): string | undefined {
  const seen = new Map<string, { count: number; end: number }>();
  for (let at = 0; at + size <= words.length; at++) {
    const phrase = words.slice(at, at + size).join(' ');
    const last = seen.get(phrase);
    if (last && at < last.end) continue;
    const count = (last?.count ?? 0) + 1;
    if (count >= times) return phrase;
    seen.set(phrase, { count, end: at + size });
  }
  return undefined;
}

/** 'either percent VAT': a share without its number. 'What percent' and 'the same percent' are English. */
function emptyShare(text: string): string | undefined {
  const tokens = tokenise(text);
  const at = tokens.findIndex(
    (token, i) =>
      (token === 'percent' || token === 'milligrams' || token === 'millilitres') &&
      /^(?:either|or|and|but|by|of|to|up|at|than|is|are|the|a|an|about|under|over)$/.test(tokens[i - 1] ?? '') &&
      !(token !== 'percent' && /^(?:of|to|and|or|by|the|is|are)$/.test(tokens[i - 1] ?? '')) &&
      !(tokens[i - 1] === 'the' && tokens[i + 1] === 'of'),
  );
  return at < 0 ? undefined : `'${tokens[at - 1]} ${tokens[at]}' lacks its number`;
}

/** 'litres of litres': a word that is a part of itself. */
function echoedPart(text: string): string | undefined {
  const tokens = tokenise(text);
  const at = tokens.findIndex(
    (token, i) => token === 'of' && tokens[i - 1] === tokens[i + 1] && !STOP_WORDS.has(tokens[i + 1] ?? 'of'),
  );
  return at < 1 ? undefined : `'${tokens.slice(at - 1, at + 2).join(' ')}' says nothing`;
}
