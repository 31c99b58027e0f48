import { expect, it } from 'vitest';
import { RunError } from '../common/errors.ts';
import { hostedModel, weightsOf } from './model-ref.ts';

it('weights are given as they are; a hosted model is refused by its name', () => {
  const weights = { uri: 'file:///models/a', sha256: 'abc' };
  expect(weightsOf(weights, "candidate 'a'")).toBe(weights);
  const hosted = { kind: 'hosted', provider: 'openai', id: 'ft:small' } as const;
  expect(() => weightsOf(hosted, "candidate 'a': base")).toThrow(RunError);
  expect(() => weightsOf(hosted, "candidate 'a': base")).toThrow(
    "candidate 'a': base: found model 'ft:small' hosted by openai, expected weights",
  );
});

it('a name says that a model is hosted, and where', () => {
  expect(hostedModel('hosted://acme/team/small')).toEqual({ kind: 'hosted', provider: 'acme', id: 'team/small' });
  expect(hostedModel('tiny-llama')).toBeUndefined();
});
