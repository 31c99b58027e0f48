import type { Span } from './schema.ts';

/** Where the quote stands in the text, as offsets in UTF-16 code units: exactly, else with other white space, quotes or dashes. */
export function findSpan(text: string, quote: string): Omit<Span, 'chunkId'> | undefined {
  if (quote.trim() === '') return undefined;
  const start = text.indexOf(quote);
  if (start >= 0) return { start, end: start + quote.length };
  const pattern = quote
    .trim()
    .replace(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`)
    .replace(/['\u2018\u2019]/g, "['\u2018\u2019]")
    .replace(/["\u201c\u201d]/g, '["\u201c\u201d]')
    .replace(/[-\u2010-\u2015]/g, '[-\u2010-\u2015]')
    .replace(/\s+/g, String.raw`\s+`);
  const found = new RegExp(pattern, 'u').exec(text);
  return found ? { start: found.index, end: found.index + found[0].length } : undefined;
}
