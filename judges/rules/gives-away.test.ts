import fc from '../../test/support/property.ts';
import { describe, expect, it } from 'vitest';
import { echoOf } from '../../language/echo.ts';
import { judgeCorrectness } from './correctness.ts';
import { createGivesAwayJudge, judgeGiveAway } from './gives-away.ts';

const label = (question: string, answer: string) => judgeGiveAway({ question, answer }).label;

describe('a pair whose question holds its answer (F28)', () => {
  it.each([
    ['Is it true that bones lose calcium after the menopause?', 'Bones lose calcium after the menopause.'],
    ['Tell me whether the copper coil works for 10 years.', 'The copper coil works for 10 years.'],
    ['Does the kettle hold two litres of water?', 'The kettle holds 2 litres of water.'],
    ['Is aspirin safe in late pregnancy?', 'Aspirin is not safe in late pregnancy.'],
    ['Which symptoms, fever, cough and rash, does measles bring?', 'Fever, cough, rash.'],
    ['What does it mean that the pill is taken daily?', 'The pill is taken daily.'],
    ['What is 5 mg of the tablet for the dose?', '5 mg.'],
    ['Do helmets protect the head or the knees?', 'Helmets protect the head.'],
    ['What happens?', 'It happens.'],
  ])('is a reject: %j', (question, answer) => expect(label(question, answer)).toBe('gives-away'));

  it.each([
    ['How long does a normal period last?', 'A normal period lasts 2 to 7 days.'],
    ['What is anaemia?', 'Anaemia is a lack of red blood cells.'],
    ['How many litres does the kettle hold?', 'The kettle holds two litres of water.'],
    ['Which vitamin does the skin make?', 'The skin makes vitamin D.'],
    ['Is the pill safe at 40, and why?', 'Yes, for women who do not smoke.'],
    ['Do helmets protect the head or the knees?', 'Helmets protect the head, since they are worn on it.'],
    ['How many tablets are too many a day?', 'No more than 4 tablets a day.'],
  ])('is none where the answer says more: %j', (question, answer) => expect(label(question, answer)).toBe('asks'));

  it.each([
    ['Is aspirin safe in late pregnancy?', 'No, it may close a vessel in the heart of the child.', 'asks'],
    ['Is flu caused by a bacterium?', 'No, it is a virus.', 'asks'],
    ['Is aspirin safe in late pregnancy?', 'No.', 'no-why'],
    ['Is aspirin safe in late pregnancy?', 'No, aspirin is not safe in late pregnancy.', 'no-why'],
    ['Is the clinic open on Sundays?', 'Yes, absolutely.', 'no-why'],
    ['Is aspirin safe in late pregnancy?', 'Aspirin may close a vessel in the heart of the child.', 'no-yes-or-no'],
    ['Do you know if the lid closes?', 'The lid closes with a click.', 'no-yes-or-no'],
  ])('wants yes or no, and why: %j %j', (question, answer, wanted) => expect(label(question, answer)).toBe(wanted));

  it('counts the turns before as the question', () => {
    const pair = { question: 'And how many days is that?', answer: 'That is 7 days.' };
    const history = [
      { role: 'user', content: 'How long does a period last?' },
      { role: 'assistant', content: 'Up to 7 days.' },
    ] as const;
    expect(judgeGiveAway(pair).label).toBe('asks');
    expect(judgeGiveAway({ ...pair, history }).label).toBe('gives-away');
  });

  it('lets an answer that declines use the words of the question', () => {
    const pair = { question: 'What does the kettle cost?', answer: 'It does not say what the kettle costs.' };
    expect(judgeGiveAway({ ...pair, kind: 'unanswerable' }).label).toBe('asks');
  });

  it('leaves no pair for which an echo would be judged correct', () => {
    const word = fc.constantFrom(
      ...'is are does can what how many long the a pill coil clinic risk of for not no 5 10 days mg raise raises open daily before after higher'.split(
        ' ',
      ),
    );
    const text = fc.array(word, { minLength: 1, maxLength: 9 }).map((words) => words.join(' '));
    fc.assert(
      fc.property(text, text, (question, answer) => {
        const passes = judgeGiveAway({ question: `${question}?`, answer: `${answer}.` }).label === 'asks';
        const echo = echoOf(`${question}?`);
        const { label: judged } = judgeCorrectness({ question: `${question}?`, reference: `${answer}.`, answer: echo });
        expect(passes && judged === 'correct').toBe(false);
      }),
      { numRuns: 500 },
    );
  });

  it('never throws', () =>
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), (question, answer) => {
        expect([0, 1]).toContain(judgeGiveAway({ question, answer }).score);
      }),
    ));

  it('judges English alone, as the other rules of words do', () => {
    const judge = createGivesAwayJudge();
    expect(judge.applies?.({ question: 'q', answer: 'a', language: 'de' })).toBe(false);
    expect(judge.applies?.({ question: 'q', answer: 'a' })).toBe(true);
  });
});
