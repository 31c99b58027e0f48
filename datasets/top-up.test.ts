import { expect, it } from 'vitest';
import type { Chunk } from './schema.ts';
import { topUp } from './top-up.ts';

const chunks = Array.from({ length: 4 }, (_, index) => ({ id: `d#${index}`, index }) as Chunk);
const accepted = (...counts: number[]) =>
  counts.flatMap((count, i) => Array.from({ length: count }, () => ({ chunkId: `d#${i}` })));
const ask = (counts: number[], target: number, surplus = 0) =>
  topUp({ accepted: accepted(...counts), chunks, target, phrasings: 2, surplus });
const idsOf = (found: { chunks: Chunk[] }) => found.chunks.map(({ id }) => id);

it('asks nobody when the target is met', () => {
  expect(ask([4, 4, 4, 4], 16)).toEqual({ missing: 0, chunks: [], facts: 0 });
  expect(ask([9, 9, 9, 9], 16)).toEqual({ missing: 0, chunks: [], facts: 0 });
});

it('asks first where the fewest were accepted, in the order of the documents', () => {
  const found = ask([4, 0, 4, 1], 13);
  expect([found.missing, found.facts]).toEqual([4, 1]);
  expect(idsOf(found)).toEqual(['d#1', 'd#3']);
});

it('asks for more than is missing, by the surplus', () => {
  expect(idsOf(ask([4, 0, 4, 1], 13, 0.5))).toEqual(['d#0', 'd#1', 'd#3']);
});

it('asks for several facts of each chunk when one of each is not enough', () => {
  const found = ask([0, 0, 0, 0], 24);
  expect([found.missing, found.facts, found.chunks.length]).toEqual([24, 3, 4]);
});
