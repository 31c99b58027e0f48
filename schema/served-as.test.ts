import { expect, it } from 'vitest';
import { openBookOf } from '../test/support/open-book.ts';
import { servedKey, type ServedAs } from './served-as.ts';

const closed: ServedAs = { systemPrompt: 'Be brief.', temperature: 0, maxTokens: 96 };
const open: ServedAs = { ...closed, openBook: openBookOf() };

it('is the same in whatever order it was written down', () => {
  const { index, ...rest } = openBookOf();
  const { embedding, ...of } = index;
  const turned = {
    maxTokens: 96,
    openBook: { ...rest, index: { embedding, ...of } },
    temperature: 0,
    systemPrompt: 'Be brief.',
  };
  expect(servedKey(turned)).toBe(servedKey(open));
});

it('each part of it tells two ways to serve apart', () => {
  const { index } = openBookOf();
  const others: ServedAs[] = [
    closed,
    { ...open, systemPrompt: '' },
    { ...open, temperature: 1 },
    { ...open, maxTokens: 97 },
    ...[
      { index: { ...index, sha256: 'c'.repeat(64) } },
      { index: { ...index, name: 'other' } },
      { index: { ...index, embedding: { ...index.embedding, dimensions: 3 } } },
      { unit: 'sentences' as const },
      { k: 5 },
      { budgetTokens: 1 },
      { minScore: 0.3 },
      { noAnswer: 'No.' },
      { prompt: '{{passages}} {{question}}' },
      { rewrite: 'none' as const },
      { reranker: { provider: 'openai' as const, model: 'r' } },
    ].map((over) => ({ ...closed, openBook: openBookOf(over) })),
  ];
  expect(new Set([open, ...others].map(servedKey)).size).toBe(others.length + 1);
});
