import { describe, expect, it } from 'vitest';
import { createGroundedJudge, GROUNDED_PASS_SCORE, judgeGrounding } from './grounded.ts';

const context =
  'A copper coil contains no hormones. A copper coil can last for 5 to 10 days or 5 to 10 years. Copper harms sperm inside the womb. ' +
  'The combined pill contains oestrogen and progestogen.';
const question = 'What does a copper coil contain?';
const score = (answer: string) => judgeGrounding({ question, answer, context });

describe('grounded', () => {
  it.each([
    'A copper coil contains no hormones.',
    'A copper coil does not contain hormones.',
    'Inside the womb, copper harms sperm.',
    'The combined pill contains estrogen and progestogen.',
    'A copper coil can last for five to ten years.',
  ])('keeps: %s', (answer) => {
    expect(score(answer).score).toBeGreaterThanOrEqual(GROUNDED_PASS_SCORE);
  });

  it.each([
    ['A copper coil contains hormones.', 'negation'],
    ['The combined pill contains no oestrogen and progestogen.', 'negation'],
    ['A copper coil can last for 15 years.', "lacks '15 years'"],
    ['A copper coil can last for 5 to 10 weeks.', 'lacks'],
    ['A copper coil reduces acne, weight and headaches.', "lacks 'reduces'"],
    ['Bananas grow on tall plants.', 'lacks'],
    ['', 'nothing'],
    ['It is.', 'nothing'],
  ])('rejects %j: %s', (answer, reason) => {
    const judged = score(answer);
    expect(judged.score).toBeLessThan(GROUNDED_PASS_SCORE);
    expect(judged.reason).toContain(reason);
  });

  it('takes the reference where there is no passage, and rejects where there is neither', async () => {
    const answer = 'A period lasts 2 to 7 days.';
    const judge = createGroundedJudge();
    expect((await judge.judge({ question, answer, reference: answer })).score).toBe(1);
    expect(await judge.judge({ question, answer })).toMatchObject({
      judge: 'grounded',
      score: 0,
      label: 'unsupported',
    });
  });

  it('scores the share of supported words', () => {
    expect(score('Copper harms sperm inside the womb quickly today.').score).toBeCloseTo(5 / 7);
  });
});
