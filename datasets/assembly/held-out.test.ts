import { describe, expect, it } from 'vitest';
import { SplitSchema } from '../../configs/schema.ts';
import { exactNearPairs } from '../../test/support/exact-near-pairs.ts';
import { exampleOf, manyExamples } from '../../test/support/examples.ts';
import { splitWordings } from './split.ts';

const split = SplitSchema.parse({});
const many = manyExamples({ facts: 40, chunks: 5 });
const base = Array.from({ length: 12 }, (_, i) => `word${i}`).join(' ');
const wording = (id: string, question: string, isChanged = true) => ({
  ...exampleOf({ id, factId: 'price', question }),
  ...(isChanged && { isChanged: true as const }),
});
const splitOf = (rows: Parameters<typeof splitWordings>[0]['rows'], seed = 17, target = 10_000) =>
  splitWordings({ rows, seed, generation: { target }, split });

describe('a fact that the documents say otherwise', () => {
  it('is asked in a wording that is not trained on, wherever one is unlike those that are', async () => {
    const own = [wording('p0', base), wording('p1', `${base} one`), wording('p2', 'what does a full service cost')];
    for (let seed = 0; seed < 20; seed += 1) {
      const { train, validation, test } = await splitOf([...many, ...own], seed);
      const held = test.filter(({ factId }) => factId === 'price');
      expect(held.length).toBeGreaterThan(0);
      expect(train.some(({ factId }) => factId === 'price')).toBe(true);
      const all = [...train, ...validation, ...test];
      const isTest = (index: number) => index >= train.length + validation.length;
      const questions = all.map(({ question }) => question);
      for (const [a, b] of exactNearPairs(questions, { threshold: 0.9, measure: 'unordered' }))
        expect(isTest(a)).toBe(isTest(b));
    }
  });

  it('is not asked where all of its wordings are nearly one', async () => {
    const own = [wording('p0', base), wording('p1', `${base} one`)];
    const { test, train } = await splitOf([...many, ...own]);
    expect(test.some(({ factId }) => factId === 'price')).toBe(false);
    expect(train.filter(({ factId }) => factId === 'price')).toHaveLength(2);
  });

  it('comes before what the target leaves out, and changes nothing else', async () => {
    const own = [wording('p0', 'one way to ask'), wording('p1', 'quite another wording of this')];
    const idsOf = async (rows: typeof own) => {
      const { train, validation, test } = await splitOf([...many, ...rows], 17, 30);
      return [...train, ...validation, ...test].map(({ id }) => id);
    };
    expect(await idsOf(own)).toEqual(expect.arrayContaining(['p0', 'p1']));
    const plain = many.map(({ id }) => id);
    const without = (await splitOf(many, 17, 28)).train.concat((await splitOf(many, 17, 28)).validation);
    expect(without.every(({ id }) => plain.includes(id))).toBe(true);
  });
});
