import { describe, expect, it } from 'vitest';
import { suiteName } from './check-names.ts';

describe('suite names', () => {
  it('are `test` and the base names of files', () => {
    expect(['test', 'datasets/samples/womens-health/golden.jsonl'].map(suiteName)).toEqual(['test', 'golden']);
  });
});
