import { expect, it } from 'vitest';
import { dedupe as dedupeRows } from './dedupe.ts';
import { exampleOf, manyExamples } from '../../test/support/examples.ts';

const dedupe = async (questions: Record<string, string>, nearDuplicate = 0.8) => {
  const rows = Object.entries(questions).map(([id, question]) => exampleOf({ id, question }));
  const { kept, leftOut } = await dedupeRows({ rows, nearDuplicate });
  return { kept, leftOut, rejected: leftOut.map(({ row }) => row) };
};
const idsOf = (examples: { id: string }[]) => examples.map(({ id }) => id);

it('keeps the lowest id of one wording, whatever the order, case, quotes, spaces and question mark', async () => {
  const { kept, leftOut, rejected } = await dedupe({
    c: 'what’s  a Cycle',
    b: "What's a cycle?",
    a: 'Something else?',
    d: "What's a cycle?\n",
  });
  expect(idsOf(kept)).toEqual(['a', 'b']);
  expect(idsOf(rejected)).toEqual(['c', 'd']);
  expect(leftOut[0]).toMatchObject({
    reason: 'duplicate',
    why: `the same wording as b, which goes before it: "What's a cycle?"`,
  });
});

it('rejects nearly the same wording, and names the one that is kept', async () => {
  const long = 'how many days does a menstrual cycle usually last in a healthy adult woman';
  const { kept, leftOut } = await dedupe({ a: long, b: `and ${long}` });
  expect(idsOf(kept)).toEqual(['a']);
  expect(leftOut[0]?.why).toMatch(/^nearly the same wording as a,/);
});

it('keeps wordings that differ in a number or in word order, and phrasings of one fact', async () => {
  const at = (weeks: number) =>
    `which of the many tests that a clinic offers is best done at ${weeks} weeks of a first pregnancy`;
  expect(idsOf((await dedupe({ a: at(12), b: at(20) })).kept)).toEqual(['a', 'b']);
  expect(idsOf((await dedupe({ a: 'does pain cause stress', b: 'does stress cause pain' })).kept)).toEqual(['a', 'b']);
  expect(idsOf((await dedupe({ a: 'How long is a cycle?', b: 'How many days does a cycle take?' })).kept)).toEqual([
    'a',
    'b',
  ]);
});

it('keeps what people wrote, whatever its id', async () => {
  const written = exampleOf({ id: '0', question: 'How long is a cycle?' });
  const imported = { ...written, id: '1', importedFrom: 'pairs.csv' };
  const { kept, leftOut } = await dedupeRows({ rows: [written, imported], nearDuplicate: 0.8 });
  expect([idsOf(kept), idsOf(leftOut.map(({ row }) => row))]).toEqual([['1'], ['0']]);
});

it('keeps what is near only to a reject', async () => {
  const words = Array.from({ length: 20 }, (_, i) => `w${i}`);
  const [a, b, c] = [words, [...words, 'x'], [...words, 'x', 'y']].map((list) => list.join(' '));
  expect(idsOf((await dedupe({ a: a ?? '', b: b ?? '', c: c ?? '' }, 0.86)).kept)).toEqual(['a', 'c']);
});

it('is quick on 5,000 examples', async () => {
  const examples = manyExamples({ facts: 1250, chunks: 100 });
  const start = performance.now();
  expect((await dedupeRows({ rows: examples, nearDuplicate: 0.9 })).kept).toHaveLength(5000);
  expect(performance.now() - start).toBeLessThan(3000);
});
