import { expect, it } from 'vitest';
import { nearPairs, shingles } from './wording.ts';

it('sees word order in neighbouring pairs only', () => {
  expect([...shingles('Is A b?', 'ordered')]).toEqual(['^ is', 'is a', 'a b', 'b $']);
  expect(shingles('b is a', 'unordered')).toEqual(shingles('Is A b?', 'unordered'));
  expect(nearPairs(['does a cause b', 'does b cause a'], { threshold: 0.9, measure: 'ordered' })).toEqual([]);
  expect(nearPairs(['does a cause b', 'does b cause a'], { threshold: 0.9, measure: 'unordered' })).toEqual([[0, 1]]);
});

it('takes a pair at the threshold itself', () => {
  const ten = 'a1 a2 a3 a4 a5 a6 a7 a8 a9 a10';
  const nine = 'a1 a2 a3 a4 a5 a6 a7 a8 a9';
  expect(nearPairs([ten, nine], { threshold: 0.9, measure: 'unordered' })).toEqual([[0, 1]]);
  expect(nearPairs([ten, nine], { threshold: 0.91, measure: 'unordered' })).toEqual([]);
});

it.each([0.5, 0.7, 0.9, 1])('finds the same pairs as comparing all with all, at %f', (threshold) => {
  const texts = Array.from({ length: 300 }, (_, i) =>
    Array.from({ length: 3 + (i % 9) }, (_, k) => `w${(i * 7 + k * k * (1 + (i % 4))) % 13}`).join(' '),
  );
  const sets = texts.map((text) => shingles(text, 'unordered'));
  const expected: [number, number][] = [];
  for (const [i, a] of sets.entries()) {
    for (const [j, b] of sets.entries()) {
      const shared = [...a].filter((word) => b.has(word)).length;
      if (i < j && shared / (a.size + b.size - shared) >= threshold) expected.push([i, j]);
    }
  }
  expect(expected.length).toBeGreaterThan(5);
  expect(nearPairs(texts, { threshold, measure: 'unordered' })).toEqual(expected);
});
