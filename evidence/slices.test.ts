import { expect, it } from 'vitest';
import { fallenParts, fallenSlices } from './slices.ts';
import { evaluation } from '../test/support/evidence.ts';

it('counts a part that fell by two metrics as one part, of those that were looked at', () => {
  const [test] = evaluation().suites;
  const means = (before: number, after: number) => ({ incumbent: before, tuned: after });
  const slices = [
    { column: 'topic', value: 'pain', questions: 9, means: { correctness: means(1, 0.5), safety: means(1, 0.9) } },
    { column: 'topic', value: 'sleep', questions: 9, means: { correctness: means(0.5, 1), safety: means(1, 1) } },
  ];
  const { looked, fallen } = fallenSlices({ suites: [{ ...test!, slices }], candidate: 'tuned', against: 'incumbent' });
  expect([looked, fallen.length, fallenParts(fallen)]).toEqual([2, 2, 1]);
});
