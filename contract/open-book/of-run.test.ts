import { expect, it } from 'vitest';
import { RetrievalSchema } from '../../configs/schema.ts';
import { OpenBookSchema } from '../../schema/retrieval.ts';
import { openBookOf } from './of-run.ts';

const index = {
  name: 'x',
  sha256: 'aa',
  passages: 3,
  embedding: { provider: 'builtin' as const, model: 'all-MiniLM-L6-v2', dimensions: 384 },
};

it("a version answers as the run's config says, out of the run's own snapshot", () => {
  const retrieval = RetrievalSchema.parse({ unit: 'sentences', k: 3, index: 'other' });
  const book = openBookOf({ retrieval, index });
  expect(OpenBookSchema.parse(book)).toMatchObject({ index, unit: 'sentences', k: 3, minScore: 0.25, rewrite: 'rule' });
  expect(book.prompt).toBe(retrieval.prompt);
});

it('a reranker is named with its place, and without how a chat model would be asked', () => {
  for (const [reranker, expected] of [
    [
      { provider: 'openai', model: 'r', baseUrl: 'http://127.0.0.1:1/v1', apiKeyEnv: 'K' },
      { provider: 'openai', model: 'r', baseUrl: 'http://127.0.0.1:1/v1', apiKeyEnv: 'K' },
    ],
    [
      { provider: 'huggingface', model: 'a/r' },
      { provider: 'huggingface', model: 'a/r', inferenceProvider: 'auto' },
    ],
  ]) {
    const book = openBookOf({ retrieval: RetrievalSchema.parse({ reranker }), index });
    expect(OpenBookSchema.parse(book).reranker).toEqual(expected);
  }
});
