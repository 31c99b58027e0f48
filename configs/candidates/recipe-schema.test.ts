import { describe, expect, it } from 'vitest';
import { TrlCandidateSchema, learningRateOf, maxSequenceTokensOf, recipeOf, stepsOf } from '../schema.ts';

const candidate = (fields: object = {}) => TrlCandidateSchema.parse({ name: 'a', base: 'smollm2-135m', ...fields });
const SMALL = 270e6;

describe('the recipe that follows from a base', () => {
  it.each([
    ['a small base', {}, SMALL, 'facts'],
    ['a large base', {}, 14e9, 'plain'],
    ['adapters', { lora: {} }, SMALL, 'plain'],
    ['tiny-llama', { base: 'tiny-llama' }, SMALL, 'plain'],
    ['what the config says', { recipe: 'plain' }, SMALL, 'plain'],
    ['what the config says of adapters', { recipe: 'facts', lora: {} }, SMALL, 'facts'],
  ] as const)('%s', (_title, fields, bytes, expected) => {
    expect(recipeOf(candidate(fields), bytes)).toBe(expected);
  });
});

describe('what follows where the config says nothing', () => {
  it('trains three epochs, or as many steps or epochs as the config says', () => {
    expect(stepsOf(candidate(), 1000)).toBe(188);
    expect(stepsOf(candidate({ epochs: 1 }), 1000)).toBe(63);
    expect(stepsOf(candidate({ maxSteps: 7 }), 1000)).toBe(7);
    expect(stepsOf(candidate({ base: 'tiny-llama' }), 1000)).toBe(600);
    expect(stepsOf(candidate(), 1)).toBe(1);
  });

  it('learns faster from random weights and in adapters than in trained weights', () => {
    expect(learningRateOf(candidate())).toBe(3e-4);
    expect(learningRateOf(candidate({ lora: {} }))).toBe(1e-3);
    expect(learningRateOf(candidate({ base: 'tiny-llama' }))).toBe(2e-3);
    expect(learningRateOf(candidate({ learningRate: 1e-5 }))).toBe(1e-5);
  });
});

it('gives room for what is found in the documents where nobody says how much', () => {
  expect([{}, { openBook: {} }, { openBook: {}, maxSequenceTokens: 300 }].map(maxSequenceTokensOf)).toEqual([
    256, 1024, 300,
  ]);
});
