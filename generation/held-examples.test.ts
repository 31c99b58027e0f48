import { afterEach, expect, it, vi } from 'vitest';
import { exampleOf } from '../test/support/examples.ts';
import { areFew, HeldExamples } from './held-examples.ts';

afterEach(() => vi.useRealTimers());

const shard = (name: string, count: number) => ({
  ref: { uri: `file:///${name}`, sha256: name, rows: count },
  rows: Array.from({ length: count }, (_, i) => exampleOf({ id: `${name}/${i}`, question: `Question ${i}?` })),
});

it('holds shards until they are forgotten, and nothing beyond its room', () => {
  const held = new HeldExamples();
  const [one, many, other] = [shard('one', 10), shard('many', 9_990), shard('other', 1)];
  held.hold(one.ref, one.rows);
  held.hold(many.ref, many.rows);
  held.hold(other.ref, other.rows);
  expect(held.of(one.ref)).toBe(one.rows);
  expect(held.of(other.ref)).toBeUndefined();
  held.forget([one.ref]);
  held.hold(other.ref, other.rows);
  expect([held.of(one.ref), held.of(other.ref)]).toEqual([undefined, other.rows]);
  expect([areFew(10_000), areFew(10_001)]).toEqual([true, false]);
});

it('holds a shard that is made again once, and makes room from runs that never came to their dataset', () => {
  vi.useFakeTimers({ toFake: ['performance'] });
  const held = new HeldExamples();
  const many = shard('many', 9_000);
  const more = shard('more', 9_000);
  held.hold(many.ref, many.rows);
  held.hold(many.ref, many.rows);
  expect(held.of(many.ref)).toBe(many.rows);
  held.hold(more.ref, more.rows);
  expect(held.of(more.ref)).toBeUndefined();
  vi.advanceTimersByTime(700_000);
  held.hold(more.ref, more.rows);
  expect([held.of(many.ref), held.of(more.ref)]).toEqual([undefined, more.rows]);
});
