import { expect, it } from 'vitest';
import { RunError } from '../common/errors.ts';
import { weightsOf } from './model-ref.ts';

it('weights are given as they are; what has none is refused by its name', () => {
  const weights = { uri: 'file:///models/a', sha256: 'abc' };
  expect(weightsOf(weights, "candidate 'a'")).toBe(weights);
  const hosted = { kind: 'hosted', provider: 'openai', id: 'ft:small' } as const;
  expect(() => weightsOf(hosted, "candidate 'a': base")).toThrow(RunError);
  expect(() => weightsOf(hosted, "candidate 'a': base")).toThrow(
    "candidate 'a': base: found model 'ft:small' hosted by openai, expected weights",
  );
  const quote = { kind: 'quote', sentences: 3, rule: 1 } as const;
  expect(() => weightsOf(quote, "arm 'extract'")).toThrow(RunError);
  expect(() => weightsOf(quote, "arm 'extract'")).toThrow(
    "arm 'extract': found 'sentences-3@1', which quotes the documents and has none, expected weights",
  );
});
