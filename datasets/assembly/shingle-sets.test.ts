import { expect, it } from 'vitest';
import { exactNearPairs, shingles } from '../../test/support/exact-near-pairs.ts';
import { bandsFor, nearGroups, nearPairs } from './near-pairs.ts';
import { ShingleSets, type WordingMeasure } from './shingle-sets.ts';

const near = async (texts: string[], { threshold, measure }: { threshold: number; measure: WordingMeasure }) => {
  const sets = new ShingleSets(measure);
  for (const text of texts) sets.add(text);
  return nearPairs(sets, { threshold });
};

it('sees word order in neighbouring pairs only', async () => {
  expect([...shingles('Is A b?', 'ordered')]).toEqual(['^ is', 'is a', 'a b', 'b $']);
  expect(shingles('b is a', 'unordered')).toEqual(shingles('Is A b?', 'unordered'));
  expect(await near(['does a cause b', 'does b cause a'], { threshold: 0.9, measure: 'ordered' })).toEqual([]);
  expect(await near(['does a cause b', 'does b cause a'], { threshold: 0.9, measure: 'unordered' })).toEqual([[0, 1]]);
});

it('takes a pair at the threshold itself', async () => {
  const ten = 'a1 a2 a3 a4 a5 a6 a7 a8 a9 a10';
  const nine = 'a1 a2 a3 a4 a5 a6 a7 a8 a9';
  expect(await near([ten, nine], { threshold: 0.9, measure: 'unordered' })).toEqual([[0, 1]]);
  expect(await near([ten, nine], { threshold: 0.91, measure: 'unordered' })).toEqual([]);
});

it('keeps apart what has different values of `among`, and has no use for texts without words', async () => {
  const sets = new ShingleSets('unordered');
  for (const text of ['same words here', 'same words here', 'same words here', '', '']) sets.add(text);
  expect(await nearPairs(sets, { threshold: 0.9, among: (index) => [1, 2, 1, 0, 0][index] ?? 0 })).toEqual([[0, 2]]);
});

it('chooses bands that find nearly every pair at the threshold', () => {
  expect(bandsFor(0.9)).toEqual({ bands: 13, rows: 8 });
  expect(bandsFor(1)).toEqual({ bands: 1, rows: 128 });
  for (const threshold of [0.5, 0.6, 0.7, 0.8, 0.9]) {
    const { bands, rows } = bandsFor(threshold);
    expect(1 - (1 - threshold ** rows) ** bands).toBeGreaterThanOrEqual(0.999);
    expect(bands * rows).toBeLessThanOrEqual(128);
  }
});

it.each([0.5, 0.7, 0.9, 1])('finds the same pairs as comparing all with all, at %f', async (threshold) => {
  const texts = Array.from({ length: 300 }, (_, i) =>
    Array.from({ length: 3 + (i % 9) }, (_, k) => `w${(i * 7 + k * k * (1 + (i % 4))) % 13}`).join(' '),
  );
  const expected = exactNearPairs(texts, { threshold, measure: 'unordered' });
  expect(expected.length).toBeGreaterThan(5);
  expect(await near(texts, { threshold, measure: 'unordered' })).toEqual(expected);
});

it('groups what is near, by way of others too, and what is not sought', async () => {
  const texts = ['a b c d', 'a b c d e', 'a b c d e f', 'x y z', 'x y', 'q r s', 't u v'];
  const sets = new ShingleSets('unordered');
  for (const text of texts) sets.add(text);
  const groups = await nearGroups(sets, { threshold: 0.8, sought: (index) => index <= 4 });
  // 0 and 2 are 4/6 alike; 1 is near both. The last two share nothing.
  expect([...Map.groupBy(groups.keys(), (index) => groups[index]).values()]).toEqual([[0, 1, 2], [3], [4], [5, 6]]);
});

it('lets others go on in the midst of many texts', async () => {
  const sets = new ShingleSets('unordered');
  for (let i = 0; i < 25_000; i++) sets.add(`word${i} word${i + 1}`);
  let turns = 0;
  const others = setInterval(() => turns++, 1);
  await nearPairs(sets, { threshold: 0.9 });
  clearInterval(others);
  expect(turns).toBeGreaterThan(5);
});
