import { describe, expect, it } from 'vitest';
import { SplitSchema, type GenerationConfig } from '../../configs/schema.ts';
import type { Example } from '../../schema/data.ts';
import { splitWordings } from './split.ts';
import { exampleOf, manyExamples } from '../../test/support/examples.ts';
import { exactNearPairs } from '../../test/support/exact-near-pairs.ts';

const split = SplitSchema.parse({});
const splitOf = (
  examples: Example[],
  options: { seed?: number; target?: number; kinds?: GenerationConfig['kinds']; split?: Partial<typeof split> } = {},
) =>
  splitWordings({
    rows: examples,
    seed: options.seed ?? 17,
    generation: { target: options.target ?? 10_000, kinds: options.kinds },
    split: { ...split, ...options.split },
  });
const idsOf = (examples: Example[]) => examples.map(({ id }) => id);
const many = manyExamples({ facts: 200, chunks: 10 });

describe('sides', () => {
  it('holds one phrasing of every fact out for test, and one more of a share of facts for validation', async () => {
    const { train, validation, test, leftOut, moved } = await splitOf(many);
    expect(test).toHaveLength(200);
    expect(new Set(test.map(({ factId }) => factId)).size).toBe(200);
    expect(validation.length).toBeGreaterThan(2);
    expect(validation.length).toBeLessThan(25);
    expect(new Set(train.map(({ factId }) => factId)).size).toBe(200);
    expect([leftOut, moved]).toEqual([[], 0]);
    expect([...idsOf(train), ...idsOf(validation), ...idsOf(test)].sort()).toEqual(idsOf(many).sort());
  });

  it('chooses the held-out phrasing by seed, not by its place', async () => {
    const phrasings = new Set((await splitOf(many)).test.map(({ phrasing }) => phrasing));
    expect(phrasings.size).toBe(4);
    expect(idsOf((await splitOf(many, { seed: 18 })).test)).not.toEqual(idsOf((await splitOf(many)).test));
  });

  it('always leaves a phrasing of each fact in train', async () => {
    const alone = many.filter(({ factId, phrasing }) => phrasing < (factId === 'f3' ? 1 : 2));
    const { train, validation, test } = await splitOf(alone, { split: { heldOutPhrasings: 3, validationShare: 0.5 } });
    expect(new Set(train.map(({ factId }) => factId)).size).toBe(200);
    expect([validation.length, test.length]).toEqual([0, 199]);
    expect(test.some(({ factId }) => factId === 'f3')).toBe(false);
  });

  it('does not hang on the order of examples, nor on other documents', async () => {
    const before = await splitOf(many);
    expect(await splitOf(many.toReversed())).toEqual(before);
    const more = manyExamples({ facts: 260, chunks: 13 }).map((example) => ({
      ...example,
      chunkId: `x${example.chunkId}`,
    }));
    const after = await splitOf(more);
    for (const side of ['train', 'validation', 'test'] as const) {
      const known = idsOf(after[side]).filter((id) => Number(id.slice(1).split('-')[0]) < 200);
      expect(known).toEqual(idsOf(before[side]));
    }
  });
});

describe('near wordings', () => {
  it('are on one side: what is near a wording of train goes there, and what is near that one too', async () => {
    const base = Array.from({ length: 12 }, (_, i) => `word${i}`).join(' ');
    const wordings = [base, `${base} one`, `${base} one two`];
    // Two facts that share wordings, among others, under many seeds: whatever is drawn, no pair may be parted.
    for (let seed = 0; seed < 30; seed += 1) {
      const examples = [
        ...many.slice(0, 80),
        ...wordings.map((question, i) => exampleOf({ id: `a${i}`, factId: i % 2 ? 'a' : 'b', question })),
        exampleOf({ id: 'a9', factId: 'a', question: 'quite another wording of this' }),
      ];
      const { train, validation, test } = await splitOf(examples, { seed, split: { validationShare: 0.5 } });
      expect(train.length + validation.length + test.length).toBe(examples.length);
      const sideOf = [...train.map(() => 0), ...validation.map(() => 1), ...test.map(() => 2)];
      const questions = [...train, ...validation, ...test].map(({ question }) => question);
      for (const [a, b] of exactNearPairs(questions, { threshold: 0.9, measure: 'unordered' })) {
        expect(sideOf[a]).toBe(sideOf[b]);
      }
    }
  });

  it('are counted when moved', async () => {
    const base = Array.from({ length: 12 }, (_, i) => `word${i}`).join(' ');
    const pair = [base, `${base} one`].map((question, i) => exampleOf({ id: `a${i}`, factId: 'a', question }));
    const { train, test, moved } = await splitOf(pair);
    expect([train.length, test.length, moved]).toEqual([2, 0, 1]);
  });
});

describe('the target', () => {
  it('is met exactly, by whole facts, evenly over chunks', async () => {
    const { train, validation, test, leftOut } = await splitOf(many, { target: 241 });
    const kept = [...train, ...validation, ...test];
    expect([kept.length, leftOut.length]).toEqual([241, 559]);
    const facts = [...Map.groupBy(kept, ({ factId }) => factId).values()].map((phrasings) => phrasings.length);
    expect(facts.filter((phrasings) => phrasings !== 4)).toEqual([1]);
    const chunks = [...Map.groupBy(kept, ({ chunkId }) => chunkId).values()].map((examples) => examples.length);
    expect(chunks).toHaveLength(10);
    expect(Math.max(...chunks) - Math.min(...chunks)).toBeLessThanOrEqual(4);
    const why = '800 examples were accepted, 241 were asked for';
    expect(leftOut.every((left) => left.reason === 'over-target' && left.why === why)).toBe(true);
  });

  it('takes more of rich chunks when the poor ones are used up', async () => {
    const uneven = many.filter(({ chunkId, factId }) => chunkId === 'doc#0' || Number(factId.slice(1)) < 10);
    const { leftOut } = await splitOf(uneven, { target: 100 });
    expect(leftOut).toHaveLength(uneven.length - 100);
  });

  it('keeps fewer when there are fewer', async () => {
    expect(await splitOf([], { target: 5 })).toEqual({ train: [], validation: [], test: [], leftOut: [], moved: 0 });
  });
});
