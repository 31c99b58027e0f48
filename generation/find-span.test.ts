import { describe, expect, it } from 'vitest';
import { findSpan } from './find-span.ts';

const text = 'The clinic\u2019s kit \u201cA\u201d keeps\n  2\u20133 days. 月经 🩸 ends.';
const found = (quote: string) => {
  const span = findSpan(text, quote);
  return span && text.slice(span.start, span.end);
};

describe('findSpan', () => {
  it('finds a quote as it stands, with offsets in UTF-16 units', () => {
    expect(found('月经 🩸 ends')).toBe('月经 🩸 ends');
  });

  it('forgives other white space, quotes and dashes, and gives what the text has', () => {
    expect(found('clinic\'s kit "A" keeps 2-3 days')).toBe('clinic\u2019s kit \u201cA\u201d keeps\n  2\u20133 days');
  });

  it.each(['keeps 4 days', '', '   ', '.*'])('finds nothing for what is not there: %j', (quote) => {
    expect(found(quote)).toBeUndefined();
  });
});
