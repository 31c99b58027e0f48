import { describe, expect, it } from 'vitest';
import { fewTestFacts, noTestQuestion } from './test-split.ts';

const split = { kept: 40, facts: 40, severalWordings: 0, moved: 0, test: 0, imported: true };

describe('a test split without a question (F10)', () => {
  it.each([
    [split, /40 examples about 40 facts were kept, and no fact has a second wording to hold out.*`fact` column/],
    [{ ...split, kept: 1, facts: 1 }, /1 example about 1 fact was kept, and no fact has a second wording/],
    [
      { ...split, facts: 20, severalWordings: 20, moved: 20 },
      /the wordings of each fact are too alike to be kept apart: 20 wordings went back to train/,
    ],
    [{ ...split, imported: false }, /documents that the teacher can ask of in several wordings/],
  ])('is told with its cause and the fix', (counts, message) => {
    expect(noTestQuestion(counts)).toMatch(message);
    expect(noTestQuestion(counts)).toMatch(/evaluation\.suites: \[FILE\.jsonl\]/);
    expect(noTestQuestion(counts)).not.toContain('heldOutPhrasings');
  });

  it('is none where there is one question', () => expect(noTestQuestion({ ...split, test: 1 })).toBeUndefined());

  it('that has few is warned of', () => {
    expect(fewTestFacts({ test: 1, facts: 1 })).toMatch(/1 question about 1 fact: too few/);
    expect(fewTestFacts({ test: 19, facts: 300 })).toMatch(/19 questions about 19 facts/);
    expect(fewTestFacts({ test: 20, facts: 20 })).toBeUndefined();
    expect(fewTestFacts({ test: 0, facts: 3 })).toBeUndefined();
  });
});
