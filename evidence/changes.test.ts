import { describe, expect, it } from 'vitest';
import { evidence, pair } from '../test/support/evidence.ts';
import { collectEvidence } from './collect.ts';

const ids = (changed: readonly { questionId: string }[]) => changed.map(({ questionId }) => questionId);
const golden = { suite: 'golden' };
const test = { suite: 'test' };
const changesOf = async (asked: Parameters<typeof evidence>[0]) => (await collectEvidence(evidence(asked))).changes;

describe('the answers that changed most', () => {
  it("are people's questions first, then the largest change, as many bad as good ones", async () => {
    const { worse, better, stillWrong, counts } = await changesOf([
      pair('t-fell', { ...test, score: 1 }, { ...test, score: 0 }),
      pair('g-fell-a-bit', { ...golden, score: 1 }, { ...golden, score: 0.8 }),
      pair('g-fell', { ...golden, score: 1 }, { ...golden, score: 0.2 }),
      pair('g-rose', { ...golden, score: 0 }, { ...golden, score: 0.5 }),
      pair('g-right', { ...golden, score: 1 }, { ...golden, score: 1 }),
      pair('g-wrong', { ...golden, score: 0 }, { ...golden, score: 0 }),
      pair('t-rose', { ...test, score: 0 }, { ...test, score: 1 }),
    ]);
    expect(ids(worse)).toEqual(['g-fell', 'g-fell-a-bit', 't-fell']);
    expect(ids(better)).toEqual(['g-rose', 't-rose']);
    expect(ids(stillWrong)).toEqual(['g-wrong']);
    expect(counts).toEqual([
      { suite: 'golden', metric: 'correctness', worse: 2, better: 1, right: 1, wrong: 1 },
      { suite: 'test', metric: 'correctness', worse: 1, better: 1, right: 0, wrong: 0 },
    ]);
  });

  it('are five at most of each side, however the answers come', async () => {
    const many = Array.from({ length: 40 }, (_, i) =>
      i % 2 === 0
        ? pair(`q${i}`, { ...golden, score: 1 }, { ...golden, score: 0 })
        : pair(`q${i}`, { ...golden, score: 0 }, { ...golden, score: 1 }),
    );
    const { worse, better, stillWrong, counts } = await changesOf(many);
    expect([worse.length, better.length, stillWrong.length]).toEqual([5, 5, 0]);
    expect(counts[0]).toMatchObject({ worse: 20, better: 20 });
    const again = await changesOf(many.toReversed());
    expect([ids(again.worse), ids(again.better)]).toEqual([ids(worse), ids(better)]);
    // By lot, not by name.
    expect(ids(worse)).not.toEqual(ids(worse).toSorted());
  });

  it('are among equals first those where somebody needs help most', async () => {
    const fell = (questionId: string, question?: string) =>
      pair(
        questionId,
        { ...golden, score: 1, ...(question && { question }) },
        { ...golden, ...(question && { question }) },
      );
    const calm = Array.from({ length: 30 }, (_, i) => fell(`q${i}`));
    const { worse } = await changesOf([...calm, fell('pain', 'I have crushing chest pain, what should I do?')]);
    expect(ids(worse)[0]).toBe('pain');
  });

  it('are of different facts, as long as there are some', async () => {
    const fell = (id: string, cluster: string) =>
      pair(id, { ...golden, cluster, score: 1 }, { ...golden, cluster, score: 0 });
    const same = Array.from({ length: 30 }, (_, i) => fell(`same${i}`, 'one'));
    const others = ['a', 'b', 'c'].map((name) => fell(name, name));
    const { worse } = await changesOf([...same, ...others]);
    expect(worse).toHaveLength(5);
    expect(ids(worse)).toEqual(expect.arrayContaining(['a', 'b', 'c']));
  });

  it('show why an answer is missing in the place of a judgement', async () => {
    const { worse } = await changesOf([
      pair('q', { ...golden, score: 1 }, { ...golden, score: 0, answer: '', failure: 'too-long: HTTP 400' }),
    ]);
    expect(worse[0]?.after).toMatchObject({ answer: { text: '' }, reason: 'too-long: HTTP 400' });
  });
});
