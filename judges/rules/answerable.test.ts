import { describe, expect, it } from 'vitest';
import { ANSWERABLE_PASS_SCORE, judgeAnswerability } from './answerable.ts';

const context =
  'A normal period lasts 2 to 7 days. The last 3 months of pregnancy need about 200 extra calories a day.';

describe('answerable', () => {
  it.each([
    'How long does a normal period last?',
    'Tell me how long a normal period lasts.',
    'I want to know how many days a normal period lasts.',
    'How many extra calories a day do the last 3 months of pregnancy need?',
    'Is it true that a normal period lasts 2 to 7 days?',
    'Is it normal for a period to last 7 days?',
    'If a period is late, does it last 7 days?',
    'Why is this month of pregnancy different?',
  ])('keeps: %s', (question) => {
    expect(judgeAnswerability({ question, context }).score).toBeGreaterThanOrEqual(ANSWERABLE_PASS_SCORE);
  });

  it.each([
    ['How long does it last?', 'not-self-contained'],
    ['Why do they last 7 days?', 'not-self-contained'],
    ['What does this mean?', 'not-self-contained'],
    ['How do these work?', 'not-self-contained'],
    ['Tell me how it works.', 'not-self-contained'],
    ['According to the passage, how long does a period last?', 'not-self-contained'],
    ['What does the text say about a normal period?', 'not-self-contained'],
    ['Which of the above is a normal period?', 'not-self-contained'],
    ['What is that?', 'not-self-contained'],
    ['What?', 'not-self-contained'],
    ['How tall is Mount Kilimanjaro in Tanzania?', 'off-passage'],
    ['Which antibiotic treats a chest infection in children?', 'off-passage'],
  ])('rejects %j: %s', (question, label) => {
    const judged = judgeAnswerability({ question, context });
    expect(judged.label).toBe(label);
    expect(judged.score).toBeLessThan(ANSWERABLE_PASS_SCORE);
  });

  it('judges only whether the question stands alone where there is no passage', () => {
    expect(judgeAnswerability({ question: 'How tall is Mount Kilimanjaro?' }).score).toBe(1);
    expect(judgeAnswerability({ question: 'How tall is it?' }).score).toBe(0);
  });
});
