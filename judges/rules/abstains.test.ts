import { describe, expect, it } from 'vitest';
import { createAbstainsJudge, judgeAbstention } from './abstains.ts';

describe('the rule of abstention', () => {
  it.each([
    'The leaflet does not say how long it keeps once opened.',
    "This material doesn't mention children; ask a pharmacist.",
    'There is no information on driving. Your doctor can tell.',
    'I do not know from this text.',
    'That is not covered here.',
    'The dose for infants is not given.',
  ])('passes an answer that says so: %s', (answer) => {
    expect(judgeAbstention({ answer })).toMatchObject({ label: 'abstains', score: 1 });
  });

  it.each([
    'It keeps for seven days.',
    'Please do not give it to infants.',
    'Do not give it to children.',
    'No, it is not safe to drive.',
  ])('rejects an answer that answers: %s', (answer) => {
    expect(judgeAbstention({ answer })).toMatchObject({ label: 'answers', score: 0 });
  });

  it('is asked of unanswerable questions in English alone', () => {
    const judge = createAbstainsJudge();
    const subject = { question: 'q', answer: 'a' };
    expect(judge.applies?.({ ...subject, kind: 'unanswerable' })).toBe(true);
    expect(judge.applies?.({ ...subject, kind: 'factual' })).toBe(false);
    expect(judge.applies?.({ ...subject, kind: 'unanswerable', language: 'German' })).toBe(false);
  });
});
