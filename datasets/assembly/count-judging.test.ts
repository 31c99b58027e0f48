import { expect, it } from 'vitest';
import { countJudging, noJudging } from './count-judging.ts';

const judgement = (judge: string, label: string, reason = '') => ({ judge, version: '1', label, score: 1, reason });

it('counts where the votes of a panel differ, and how often the last step of a cascade was asked', () => {
  const counts = noJudging();
  countJudging(counts, [judgement('panel-safety', 'agreed'), judgement('panel-safety/gpt', 'safe')]);
  countJudging(counts, [judgement('panel-safety', 'disagreed'), judgement('grounded', 'grounded')]);
  countJudging(counts, [
    judgement('cascade-x', 'passed', 'step 2 of 3, claims: fine'),
    judgement('cascade-x/claims', 'x'),
  ]);
  countJudging(counts, [judgement('cascade-x', 'rejected', 'step 3 of 3, claims: no')]);
  expect(counts).toEqual({
    panels: { 'panel-safety': { judged: 2, disagreed: 1 } },
    cascades: { 'cascade-x': { judged: 2, reachedLast: 1 } },
  });
});
