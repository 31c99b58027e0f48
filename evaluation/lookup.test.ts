import { describe, expect, it } from 'vitest';
import { createLookup } from './lookup.ts';

const entries = [
  { question: 'How long does a period last?', answer: 'Three to seven days.' },
  { question: 'How long does pregnancy last?', answer: 'About 40 weeks.' },
  { question: 'When does menopause start?', answer: 'Between 45 and 55.' },
];

describe('the nearest-question lookup', () => {
  it('answers with the answer of the most similar question', () => {
    const lookup = createLookup(entries);
    expect(lookup('At what age does menopause usually start?')?.answer).toBe('Between 45 and 55.');
    expect(lookup('A pregnancy lasts how long?')?.answer).toBe('About 40 weeks.');
  });

  it('gives the same question a similarity of 1, whatever its case', () => {
    expect(createLookup(entries)('HOW LONG DOES A PERIOD LAST')?.similarity).toBeCloseTo(1, 12);
  });

  it('computes the cosine of smoothed TF-IDF vectors', () => {
    const lookup = createLookup([
      { question: 'red apple', answer: '1' },
      { question: 'red pear', answer: '2' },
    ]);
    const common = Math.log(3 / 3) + 1;
    const rare = Math.log(3 / 2) + 1;
    const cosine = common / Math.hypot(common, rare);
    expect(lookup('red')).toEqual({ question: 'red apple', answer: '1', similarity: expect.closeTo(cosine, 12) });
  });

  it('breaks ties by the question that sorts first, whatever the order of the entries', () => {
    const tied = [
      { question: 'red pear', answer: 'pear' },
      { question: 'red apple', answer: 'apple' },
    ];
    expect(createLookup(tied)('red')?.answer).toBe('apple');
    expect(createLookup(tied.toReversed())('red')?.answer).toBe('apple');
  });

  it('finds nothing where no word is shared or there is nothing to find', () => {
    expect(createLookup(entries)('Zebra?')).toBeUndefined();
    expect(createLookup(entries)('')).toBeUndefined();
    expect(createLookup([])('How long?')).toBeUndefined();
  });

  it('does not carry scores from one question to the next', () => {
    const lookup = createLookup(entries);
    const first = lookup('menopause');
    lookup('period');
    expect(lookup('menopause')).toEqual(first);
  });

  it('looks 1,000 questions up among 5,000 in little time', () => {
    const many = Array.from({ length: 5000 }, (_, i) => ({
      question: `What is the usual range of measure ${i % 700} for group ${i % 50} in week ${i % 40}?`,
      answer: `${i}`,
    }));
    const before = process.cpuUsage();
    const lookup = createLookup(many);
    for (let i = 0; i < 1000; i++) lookup(`In week ${i % 40}, which range has measure ${i % 700} in group ${i % 50}?`);
    expect(process.cpuUsage(before).user / 1e6).toBeLessThan(3);
  });
});
