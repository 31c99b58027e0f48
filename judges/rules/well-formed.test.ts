import { describe, expect, it } from 'vitest';
import { judgeForm } from './well-formed.ts';

const question = 'How long does a normal period last?';
const answer = 'A normal period lasts 2 to 7 days.';

describe('well-formed', () => {
  it.each([
    [question, answer],
    ['Explain what a hot flush is.', 'A hot flush is a sudden feeling of heat.'],
    ['can i use oil with condoms?', 'No, oil products can damage latex condoms.'],
    ['What is hCG (the pregnancy hormone)?', 'The hormone hCG (human chorionic gonadotrophin) shows in urine.'],
    ['I want to know when labour starts.', '"Labour" usually starts between 37 and 42 weeks.'],
    ['What happens after 38 weeks?', '50 percent of babies have come by then.'],
  ])('keeps: %s', (asked, given) => {
    expect(judgeForm({ question: asked, answer: given })).toMatchObject({ label: 'well-formed', score: 1 });
  });

  it.each([
    ['A normal period', 'neither ends with ?'],
    ['A normal period lasts 2 to 7 days.', 'neither ends with ?'],
    ['Why?', 'at least 3'],
    ['What is the <b>period</b>?', 'HTML tag'],
    ['What is a {topic} for women?', 'placeholder'],
    ['Question: how long does it last?', 'label'],
    ['How long (on average does a period last?', 'unbalanced'],
    ['What is the the the period?', 'repeats'],
    [`What is ${'very '.repeat(80)}long?`, 'at most 60'],
    ['How long does the ...?', 'cut off'],
  ])('rejects the question %j: %s', (asked, reason) => {
    const judged = judgeForm({ question: asked, answer });
    expect(judged).toMatchObject({ label: 'malformed', score: 0 });
    expect(judged.reason).toContain(reason);
  });

  it.each([
    ['2 days.', 'at least 3'],
    ['a normal period lasts 2 to 7 days.', 'does not start'],
    ['A normal period lasts 2 to 7 days', 'does not end'],
    ['A normal period lasts 2 to 7 days and the', 'cut off'],
    ['A normal period lasts 2 to ...', 'cut off'],
    ['A normal period lasts **2 to 7** days.', 'markdown'],
    ['A normal period lasts <|im_end|> days.', 'template mark'],
    ['{"answer": "A normal period lasts 2 to 7 days."}', 'does not start'],
    ['Answer: A normal period lasts 2 to 7 days.', 'label'],
    ['As an AI language model, the period lasts 2 days.', 'being a model'],
    ['A normal period lasts "2 to 7 days.', 'unbalanced'],
    ['A normal period \u0007 lasts 2 to 7 days.', 'nobody types'],
    ['The period lasts lasts days days of the cycle.', 'repeats'],
  ])('rejects the answer %j: %s', (given, reason) => {
    const judged = judgeForm({ question, answer: given });
    expect(judged).toMatchObject({ label: 'malformed', score: 0 });
    expect(judged.reason).toContain(reason);
  });
});
