import { describe, expect, it } from 'vitest';
import { createMetric } from '../index.ts';
import type { Subject } from '../types.ts';
import { relevanceOf } from './relevance.ts';

const FERTILE = 'Sperm can live for up to five days, so the fertile window begins about five days before ovulation.';
const HEAVY = 'A period is heavy where more than 80 millilitres are lost, or a pad is soaked in an hour.';
const EGG = 'An egg lives for 12 to 24 hours after ovulation.';
const PASSAGE = `${EGG} ${FERTILE} Most people ovulate about 14 days before the next period.`;
const OTHER = 'Iron tablets are taken on an empty stomach, with water, and not with tea or milk.';

const score = async (name: string, subject: Partial<Subject>) =>
  (await createMetric(name).judge({ question: 'when am i fertile?', answer: FERTILE, ...subject })).score;

describe('what is relevant', () => {
  it('is a passage that holds a context, and a sentence of one, and nothing that shares a topic', () => {
    expect(relevanceOf([OTHER, PASSAGE, HEAVY], [FERTILE])).toEqual({
      retrieved: [false, true, false],
      contexts: [true],
    });
    expect(relevanceOf([EGG, HEAVY], [PASSAGE]).retrieved).toEqual([true, false]);
  });

  it('is not a heading that any passage holds, and words from everywhere hold no context', () => {
    expect(relevanceOf(['Fertility'], [PASSAGE]).retrieved).toEqual([false]);
    const scattered = FERTILE.split(' ').map((word) => `${word} stands among other things that were said`);
    expect(relevanceOf(scattered, [FERTILE])).toMatchObject({ contexts: [false] });
  });
});

describe('metrics of what was found', () => {
  const asked = { retrieved: [OTHER, PASSAGE, HEAVY], contexts: [FERTILE, HEAVY] };

  it('read the first k', async () => {
    expect(await score('hit@1', asked)).toBe(0);
    expect(await score('hit@5', asked)).toBe(1);
    expect(await score('precision@2', asked)).toBe(0.5);
    expect(await score('recall@2', asked)).toBe(0.5);
    expect(await score('recall@3', asked)).toBe(1);
    expect(await score('mrr@5', asked)).toBe(0.5);
    expect(await score('context-precision@5', asked)).toBeCloseTo((1 / 2 + 2 / 3) / 2);
  });

  it('say nothing of a question without contexts, or that nobody was to retrieve for', () => {
    const judge = createMetric('ndcg@5');
    expect(judge.applies?.({ question: '', answer: '', retrieved: [] })).toBe(false);
    expect(judge.applies?.({ question: '', answer: '', contexts: [FERTILE] })).toBe(false);
    expect(judge.applies?.({ question: '', answer: '', retrieved: [], contexts: [FERTILE] })).toBe(true);
  });

  it("don't look at the answer, and refuse a number that is none", async () => {
    expect(await score('recall@3', { ...asked, answer: 'the the the the the the' })).toBe(1);
    expect(() => createMetric('ndcg@0')).toThrow(/unknown metric 'ndcg@0'/);
    expect(() => createMetric('ndcg@51')).toThrow(/unknown metric/);
  });
});

describe('metrics of an answer and its sources', () => {
  it('tell an answer from the passages from one from elsewhere', async () => {
    expect(await score('groundedness', { cited: [PASSAGE] })).toBe(1);
    expect(await score('groundedness', { cited: [OTHER] })).toBeLessThan(0.5);
  });

  it('tell sources that it rests on from those that stand beside them', async () => {
    expect(await score('citation-precision', { cited: [PASSAGE, OTHER] })).toBe(0.5);
    expect(await score('citation-recall', { cited: [PASSAGE, OTHER], answer: `${FERTILE} ${HEAVY}` })).toBe(0.5);
    expect(await score('citation-recall', { cited: [] })).toBe(0);
  });

  it('asks of every question whether refusing it is right', async () => {
    const refusal = "The documents don't say.";
    expect(await score('right-refusal', { unanswerable: true, answer: refusal })).toBe(1);
    expect(await score('right-refusal', { unanswerable: false, answer: refusal })).toBe(0);
    expect(await score('right-refusal', { unanswerable: true })).toBe(0);
    expect(await score('right-refusal', { unanswerable: false })).toBe(1);
  });
});
