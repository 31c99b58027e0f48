import { describe, expect, it } from 'vitest';
import fc from '../test/support/property.ts';
import { GradeInputSchema, PREFERS } from './grading.ts';

const gradesOf = (grades: unknown) => GradeInputSchema.parse({ by: 'Ada', grades }).grades;
const faultsOf = (grades: unknown) =>
  GradeInputSchema.safeParse({ by: 'Ada', grades }).error?.issues.map(({ message }) => message) ?? [];

describe('grades', () => {
  it.each([
    '1a 2b 3both 4- 5neither',
    '1a, 2b, 3both, 5neither',
    '1=1 2:2 3both 5neither',
    ' 1A 2B\n3Both 4 5NEITHER 6- 7—',
    '1: a; 2: b; 3: both; 5 neither',
    [
      { question: 1, prefers: 'a' },
      { question: 2, prefers: 'b' },
      { question: 3, prefers: 'both' },
      { question: 4, prefers: '' },
      { question: 5, prefers: 'neither' },
    ],
  ])('are taken as one line or as a list: %j', (written) => {
    expect(gradesOf(written)).toEqual([
      { question: 1, prefers: 'a' },
      { question: 2, prefers: 'b' },
      { question: 3, prefers: 'both' },
      { question: 5, prefers: 'neither' },
    ]);
  });

  it.each([
    ['1a 20c', 'question 20: found "c", expected a, b, both or neither'],
    ['1a 1b', 'question 1: found it twice'],
    ['a b', 'found "a b", expected a question\'s number and a, b, both or neither'],
    ['1a 2b or not', 'found "2b or not", expected a question\'s number'],
    ['1- 2-', 'found no grade, expected one at least'],
    ['', 'found no grade, expected one at least'],
    [[{ question: 20, prefers: 'c' }], 'question 20: found "c", expected a, b, both or neither'],
    [[{ question: 20 }], 'question 20: found nothing, expected a, b, both or neither'],
  ])('%j is refused by the number of its question, and nothing of it is taken', (written, message) => {
    expect(faultsOf(written).join()).toContain(message);
  });

  it('say as one line what they say as a list, whatever is left out', () => {
    const given = fc.array(fc.constantFrom(...PREFERS, '' as const), { minLength: 1, maxLength: 100 });
    fc.assert(
      fc.property(given, (words) => {
        fc.pre(words.some((word) => word !== ''));
        const line = words.map((word, i) => `${i + 1}${word === '' ? '-' : word}`).join(' ');
        const list = words.map((prefers, i) => ({ question: i + 1, prefers }));
        expect(gradesOf(line)).toEqual(gradesOf(list));
        expect(gradesOf(line)).toHaveLength(words.filter((word) => word !== '').length);
      }),
    );
  });
});
