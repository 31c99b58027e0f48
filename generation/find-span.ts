import type { Span } from '../schema/data.ts';
import { sentences } from '../language/text.ts';

type Place = Omit<Span, 'chunkId'>;

/** Marks around a quote, and at its end, that need not stand in the text. */
const AROUND = /^[\s"'\u201c\u201d\u2018\u2019\u00ab\u00bb`*_]+|[\s"'\u201c\u201d\u2018\u2019\u00ab\u00bb`*_]+$/g;
const FULL_STOP = /[.!?;:,\u3002]+$/;
const ELLIPSIS = /\s*(?:\[\s*)?(?:\.{3,}|\u2026)(?:\s*\])?\s*/;
/** Letters that an ellipsis may stand for; and of each part beside it, so that it can be only one place. */
const MOST_LEFT_OUT = 400;
const FEWEST_BESIDE = 8;

/**
 * Where a quote stands in the text, as offsets in UTF-16 code units. Exactly; else with other white space, quotes, dashes, emphasis
 * or capitals, without the marks around it or the full stop at its end; else from the first of its parts to the last where it was
 * shortened with "...": what the text has there is what is quoted.
 */
export function findSpan(text: string, quote: string): Place | undefined {
  if (quote.trim() === '') return undefined;
  const start = text.indexOf(quote);
  if (start >= 0) return { start, end: start + quote.length };
  const bare = quote.replace(AROUND, '');
  for (const meant of new Set([quote.trim(), bare])) {
    const found = findLoosely(text, meant);
    if (found) return found;
  }
  return ELLIPSIS.test(bare) ? findShortened(text, bare) : findLoosely(text, bare.replace(FULL_STOP, '').trimEnd());
}

/** Emphasis of Markdown may stand between any two words, or beside a mark. */
const EMPHASIS = '[*_`]*';
const SPACE = String.raw`[*_${'`'}]*\s[\s*_${'`'}]*`;
const ALIKE: readonly [RegExp, string][] = [
  [/^['\u2018\u2019]$/, "['\u2018\u2019]"],
  [/^["\u201c\u201d]$/, '["\u201c\u201d]'],
  [/^[-\u2010-\u2015]$/, '[-\u2010-\u2015]'],
];

/** A word that begins or ends a quote is a whole word of the text: 2 is not the start of 20. Scripts without spaces have none. */
const WORD = String.raw`[\p{Script=Latin}\p{Script=Cyrillic}\p{Script=Greek}\p{N}]`;
const isWord = new RegExp(WORD, 'u');

function findLoosely(text: string, quote: string, { from = 0, cutWord = false } = {}): Place | undefined {
  const tokens = quote.match(/[\p{L}\p{M}\p{N}]+|\s+|[^\s\p{L}\p{M}\p{N}*_`]/gu) ?? [];
  if (!tokens.some((token) => /[\p{L}\p{N}]/u.test(token))) return undefined;
  let pattern = '';
  for (const [i, token] of tokens.entries()) {
    const space = /^\s/.test(token);
    if (i > 0 && !space && !/^\s/.test(tokens[i - 1]!)) pattern += EMPHASIS;
    const alike = ALIKE.find(([marks]) => marks.test(token))?.[1];
    pattern += space ? SPACE : (alike ?? token.replace(/[.+?^${}()|[\]\\/]/g, String.raw`\$&`));
  }
  if (isWord.test(quote[0] ?? '')) pattern = `(?<!${WORD})${pattern}`;
  if (!cutWord && isWord.test(quote.at(-1) ?? '')) pattern += `(?!${WORD})`;
  const places = new RegExp(pattern, 'giu');
  places.lastIndex = from;
  const found = places.exec(text);
  return found ? { start: found.index, end: found.index + found[0].length } : undefined;
}

/** An ellipsis at an end stands for the rest of the sentence. */
function findShortened(text: string, quote: string): Place | undefined {
  const parts = quote.split(ELLIPSIS);
  if (parts.length < 2) return undefined;
  const said = parts.filter((part) => part !== '');
  if (said.length === 0 || said.some((part) => part.length < FEWEST_BESIDE)) return undefined;
  let place: Place | undefined;
  for (const [i, part] of said.entries()) {
    const cutWord = i < said.length - 1 || parts.at(-1) === '';
    const where = { from: place?.end ?? 0, cutWord };
    const found = findLoosely(text, part, where) ?? findLoosely(text, part.replace(FULL_STOP, ''), where);
    if (!found || (place && found.start - place.end > MOST_LEFT_OUT)) return undefined;
    place = { start: place?.start ?? found.start, end: found.end };
  }
  if (!place) return undefined;
  const { start, end } = place;
  const around = sentences(text);
  const first = around.find((one) => one.start <= start && start < one.end);
  const last = around.find((one) => one.start < end && end <= one.end);
  return {
    start: parts[0] === '' && first ? first.start : start,
    end: parts.at(-1) === '' && last ? last.end : end,
  };
}
