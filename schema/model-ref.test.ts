import { expect, it } from 'vitest';
import fc from '../test/support/property.ts';
import { hostedModel, isWeights, modelId, modelRef, ModelRefSchema, modelUri, type ModelRef } from './model-ref.ts';

const weights = { uri: 'file:///models/a', sha256: 'abc' };
const hosted: ModelRef = { kind: 'hosted', provider: 'openai', id: 'ft:small:ours/3' };
const quote: ModelRef = { kind: 'quote', sentences: 3, rule: 1 };

it('a model is known by its weights, its name at its provider or its rule, and read back from where it is', () => {
  expect([weights, hosted, quote].map(modelId)).toEqual(['abc', 'openai/ft:small:ours/3', 'sentences-3@1']);
  expect([weights, hosted, quote].map(modelUri)).toEqual([
    'file:///models/a',
    'hosted://openai/ft:small:ours/3',
    'quote://sentences-3@1',
  ]);
  for (const model of [weights, hosted, quote])
    expect(modelRef({ uri: modelUri(model), id: modelId(model) })).toEqual(model);
});

it('no two of different kinds share an id, whatever they are called', () => {
  const provider = fc.string({ minLength: 1 }).filter((text) => !text.includes('/'));
  const models = fc.tuple(
    fc.record({ kind: fc.constant('hosted' as const), provider, id: fc.string({ minLength: 1 }) }),
    fc.record({
      kind: fc.constant('quote' as const),
      sentences: fc.integer({ min: 1, max: 10 }),
      rule: fc.constant(1 as const),
    }),
  );
  fc.assert(
    fc.property(models, ([one, other]) => {
      expect(modelId(one)).not.toBe(modelId(other));
      for (const model of [one, other])
        expect(modelRef({ uri: modelUri(model), id: modelId(model) })).toEqual(ModelRefSchema.parse(model));
    }),
  );
});

it('only weights are weights', () => {
  expect([weights, { ...weights, kind: 'weights' as const }, hosted, quote].map(isWeights)).toEqual([
    true,
    true,
    false,
    false,
  ]);
});

it('what says no kind is weights, as before there were hosted models', () => {
  expect(ModelRefSchema.parse(weights)).toEqual(weights);
  expect(ModelRefSchema.safeParse({ ...weights, kind: 'hosted' }).success).toBe(false);
  expect(ModelRefSchema.safeParse({ provider: 'openai', id: 'x' }).success).toBe(false);
});

it.each(['quote://', 'quote://sentences-0@1', 'quote://sentences-3@2', 'quote://sentences-99@1', 'quote://best@1'])(
  '%s is no rule that is known, and is not taken for weights',
  (uri) => {
    expect(() => modelRef({ uri, id: 'x' })).toThrow(`found '${uri}'; expected quote://sentences-N@1`);
  },
);

it('a name says that a model is hosted, and where', () => {
  expect(hostedModel('hosted://acme/team/small')).toEqual({ kind: 'hosted', provider: 'acme', id: 'team/small' });
  expect(hostedModel('tiny-llama')).toBeUndefined();
  expect(hostedModel('quote://nonsense')).toBeUndefined();
});
