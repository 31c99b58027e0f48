import { expect, it } from 'vitest';
import { modelId, modelRef, ModelRefSchema, modelUri, type ModelRef } from './model-ref.ts';

const weights = { uri: 'file:///models/a', sha256: 'abc' };
const hosted: ModelRef = { kind: 'hosted', provider: 'openai', id: 'ft:small:ours/3' };

it('a model is known by its weights or by its name at its provider, and read back from where it is', () => {
  expect([weights, hosted].map(modelId)).toEqual(['abc', 'openai/ft:small:ours/3']);
  expect([weights, hosted].map(modelUri)).toEqual(['file:///models/a', 'hosted://openai/ft:small:ours/3']);
  for (const model of [weights, hosted]) expect(modelRef({ uri: modelUri(model), id: modelId(model) })).toEqual(model);
});

it('what says no kind is weights, as before there were hosted models', () => {
  expect(ModelRefSchema.parse(weights)).toEqual(weights);
  expect(ModelRefSchema.safeParse({ ...weights, kind: 'hosted' }).success).toBe(false);
  expect(ModelRefSchema.safeParse({ provider: 'openai', id: 'x' }).success).toBe(false);
});
