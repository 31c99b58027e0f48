import { describe, expect, it } from 'vitest';
import { evidenceOf } from '../../generation/judge-pairs.ts';
import { judgeAnswerability } from './answerable.ts';
import { GROUNDED_PASS_SCORE, judgeGrounding } from './grounded.ts';
import { judgeForm } from './well-formed.ts';

const LIST =
  'Rules for lithium batteries:\n\n- A lithium battery is charged on the steel shelf.\n- A damaged lithium battery must never be charged.\n- A lithium battery is stored at 40 percent.\n';
const TABLE = '| Wood | Price |\n| --- | --- |\n| Oak | 1450 euro |\n| Larch | 690 euro |\n';

function score(text: string, answer: string, quote = answer) {
  const start = text.indexOf(quote);
  const chunk = {
    id: 'a#0',
    documentId: 'a',
    index: 0,
    title: 'A',
    headings: ['A'],
    start: 0,
    end: text.length,
    tokens: 9,
    text,
  };
  const evidence = evidenceOf({ spans: [{ chunkId: 'a#0', start, end: start + quote.length }] }, [chunk]);
  return judgeGrounding({ question: 'What?', answer, context: text, evidence }).score;
}

describe('an answer is held against its own statement', () => {
  it.each([
    'A lithium battery is charged on the steel shelf.',
    'A damaged lithium battery must never be charged.',
    'A lithium battery is stored at 40 percent.',
  ])('so that the other items of its list deny nothing: %s (N3)', (answer) => {
    expect(score(LIST, answer)).toBeGreaterThanOrEqual(GROUNDED_PASS_SCORE);
  });

  it('and a real negation is still caught (N3)', () => {
    const quote = 'A damaged lithium battery must never be charged.';
    expect(score(LIST, 'A damaged lithium battery must be charged.', quote)).toBeLessThan(GROUNDED_PASS_SCORE);
    const other = 'A lithium battery is charged on the steel shelf.';
    expect(score(LIST, 'A lithium battery is not charged on the steel shelf.', other)).toBeLessThan(
      GROUNDED_PASS_SCORE,
    );
  });

  it('a list that is told as a whole is held against all of it (N3)', () => {
    const answer =
      'Rules for lithium batteries: A lithium battery is charged on the steel shelf; A damaged lithium battery must never be charged; A lithium battery is stored at 40 percent.';
    expect(score(LIST, answer, LIST.trim())).toBeGreaterThanOrEqual(GROUNDED_PASS_SCORE);
  });

  it('a row is told with its header', () => {
    expect(score(TABLE, 'The price of the larch is 690 euro.', '| Larch | 690 euro |')).toBeGreaterThanOrEqual(
      GROUNDED_PASS_SCORE,
    );
    expect(score(TABLE, 'The price of the larch is 700 euro.', '| Larch | 690 euro |')).toBeLessThan(
      GROUNDED_PASS_SCORE,
    );
  });

  it('a number of another row is no number of this one (N3)', () => {
    expect(score(TABLE, 'The price of the larch is 1450 euro.', '| Larch | 690 euro |')).toBeLessThan(
      GROUNDED_PASS_SCORE,
    );
  });
});

describe('the form of what people write', () => {
  it.each([
    'Every accident is written down, however small it is.',
    'The lamp shows what the tank is used for.',
    'The nurse checks for hepatitis A.',
    'The blue kettle costs 5 \u20ac a year.',
  ])('is whole: %s (N3)', (answer) => {
    expect(judgeForm({ question: 'What should I know about it all?', answer })).toMatchObject({ label: 'well-formed' });
  });
});

describe('a question stands alone', () => {
  it.each([
    ['Why are gloves forbidden at the table saw?', 'Gloves are forbidden at the table saw.'],
    ['May I ask what is meant by coolant?', 'Coolant is a mixture of oil and water.'],
    ['Any idea what coolant is?', 'Coolant is a mixture of oil and water.'],
  ])('%s (N3)', (question, context) => {
    expect(judgeAnswerability({ question, context }).label).toBe('answerable');
  });

  it('but not where it points at a table of the text', () => {
    expect(judgeAnswerability({ question: 'What does the table show?', context: 'The table saw is red.' }).label).toBe(
      'not-self-contained',
    );
  });
});
