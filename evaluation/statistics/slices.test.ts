import { describe, expect, it } from 'vitest';
import { slicesOf } from './slices.ts';
import type { Answer } from '../../schema/evaluation.ts';

const answer = (arm: string, questionId: string, score: number, more: Partial<Answer> = {}): Answer => ({
  suite: 'golden',
  questionId,
  cluster: questionId,
  question: 'q',
  reference: 'r',
  arm,
  answer: 'a',
  judgements: [{ judge: 'facts', version: '1', label: 'l', score, reason: 'r' }],
  ...more,
});

describe('slices of a suite', () => {
  const answers = ['base', 'sft'].flatMap((arm, at) => [
    answer(arm, 'a', at, { taught: 'known', slice: 'urgent', columns: { document: 'x.md' } }),
    answer(arm, 'b', 0, { taught: 'known', columns: { document: 'y.md' } }),
    answer(arm, 'c', 1, { taught: 'new', columns: { document: 'x.md' } }),
  ]);

  it('give the means of known and new facts by themselves, and of each asked column, largest first', () => {
    expect(slicesOf({ answers, metrics: ['facts', 'safety'], by: ['document', 'slice', 'none'] })).toEqual([
      { column: 'facts', value: 'known', questions: 2, means: { facts: { base: 0, sft: 0.5 } } },
      { column: 'facts', value: 'new', questions: 1, means: { facts: { base: 1, sft: 1 } } },
      { column: 'document', value: 'x.md', questions: 2, means: { facts: { base: 0.5, sft: 1 } } },
      { column: 'document', value: 'y.md', questions: 1, means: { facts: { base: 0, sft: 0 } } },
      { column: 'slice', value: 'urgent', questions: 1, means: { facts: { base: 0, sft: 1 } } },
    ]);
  });

  it('are none where nothing is marked and nothing asked', () => {
    expect(slicesOf({ answers: [answer('base', 'a', 1)], metrics: ['facts'], by: [] })).toEqual([]);
  });

  it('tell the many small values of a column as one', () => {
    const many = Array.from({ length: 30 }, (_, i) =>
      answer('base', `q${i}`, i % 2, { columns: { document: `d${i}` } }),
    );
    const slices = slicesOf({ answers: many, metrics: ['facts'], by: ['document'] });
    expect(slices).toHaveLength(21);
    expect(slices.at(-1)).toMatchObject({ value: '10 other values', questions: 10 });
  });
});
