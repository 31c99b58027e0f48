import { expect, it } from 'vitest';
import type { Judgement } from '../../schema/data.ts';
import { countJudging, noJudging } from './count-judging.ts';

const judgement = (judge: string, composed?: Judgement['composed']): Judgement => ({
  judge,
  version: '1',
  label: 'l',
  score: 1,
  reason: 'step 3 of 3, disagreed',
  ...(composed && { composed }),
});

it('counts where the votes of a panel differ, and how often the last step of a cascade was asked', () => {
  const counts = noJudging();
  countJudging(counts, [judgement('panel-safety', { by: 'panel', agreed: true }), judgement('panel-safety/gpt')]);
  countJudging(counts, [judgement('panel-safety', { by: 'panel', agreed: false }), judgement('grounded')]);
  countJudging(counts, [judgement('cascade-x', { by: 'cascade', step: 2, steps: 3 }), judgement('cascade-x/claims')]);
  countJudging(counts, [judgement('cascade-x', { by: 'cascade', step: 3, steps: 3 })]);
  expect(counts).toEqual({
    panels: { 'panel-safety': { judged: 2, disagreed: 1 } },
    cascades: { 'cascade-x': { judged: 2, reachedLast: 1 } },
  });
});
