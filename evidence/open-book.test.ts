import { expect, it } from 'vitest';
import { openBookOf } from '../test/support/open-book.ts';
import { openBookSentence } from './open-book.ts';

const closed = { systemPrompt: '', temperature: 0, maxTokens: 96 };
const open = { ...closed, openBook: openBookOf() };
const other = {
  ...closed,
  openBook: openBookOf({ index: { ...openBookOf().index, sha256: 'c'.repeat(64) }, unit: 'sentences' }),
};
const of = (tuned: typeof closed, base: typeof closed) =>
  openBookSentence({ serving: { tuned, base } }, { candidate: 'tuned', against: 'base' });
const FROM = 'from the index womens-health, snapshot aaaaaaaaaaaa (12 passages; 4 passages to a question)';

it('names index and snapshot of both, or that they are the same', () => {
  expect(of(open, closed)).toBe(`It answers ${FROM}; what it is compared with by itself.`);
  expect(of(closed, open)).toBe(`It answers by itself; what it is compared with ${FROM}.`);
  expect(of(open, open)).toBe(`It answers ${FROM}; what it is compared with from the same.`);
  expect(of(open, other)).toContain(
    'with from the index womens-health, snapshot cccccccccccc (12 passages; 4 sentences',
  );
});

it('says nothing where there is nothing to say', () => {
  expect(of(closed, closed)).toBeUndefined();
  expect(openBookSentence({}, { candidate: 'tuned', against: 'base' })).toBeUndefined();
});
