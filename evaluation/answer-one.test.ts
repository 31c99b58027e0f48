import { describe, expect, it } from 'vitest';
import type { SuiteQuestion } from '../schema/evaluation.ts';
import { createMetric } from '../judges/index.ts';
import type { Judge } from '../judges/types.ts';
import { ProviderError } from '../contract/ports.ts';
import { answerOne } from './answer-one.ts';

const question: SuiteQuestion = { id: 'q1', question: 'How much?', answer: 'Two litres.', cluster: 'q1' };
const suite = {
  name: 'golden',
  declares: 'new facts' as const,
  questions: { uri: 'file:///s', sha256: 's', rows: 1 },
};
const arm = { name: 'lookup' as const, kind: 'lookup' as const, train: suite.questions };
const correctness = { name: 'correctness', judge: createMetric('correctness') };
const answerBy = (answer: () => Promise<string>, metrics = [correctness]) =>
  answerOne({
    input: { suite, arm },
    question,
    answer: async () => ({ text: await answer(), latencyMs: 120, outputTokens: 4 }),
    metrics,
    signal: new AbortController().signal,
  });

describe('an answer of an evaluation that fails (F9, F27)', () => {
  it('is empty, scores nothing on any metric, and says why', async () => {
    const refusal = new ProviderError('bad-request', 'm: (HTTP 400: maximum context length is 10)', { status: 400 });
    const { row, failed } = await answerBy(() => Promise.reject(refusal));
    expect(row).toMatchObject({ answer: '', failure: expect.stringContaining('too-long: ') as string });
    expect(row.judgements).toMatchObject([{ judge: 'correctness', label: 'too-long', score: 0 }]);
    expect(failed).toMatchObject({ where: 'question q1 ("How much?")', reason: 'too-long' });
  });

  it('scores nothing on the one metric that could not judge it', async () => {
    const judge: Judge = {
      ...correctness.judge,
      judge: () => {
        throw new TypeError('x is undefined');
      },
    };
    const { row, failed } = await answerBy(async () => 'Two litres.', [correctness, { name: 'correctness-2', judge }]);
    expect(row.judgements.map(({ label, score }) => [label, score])).toEqual([
      ['correct', 1],
      ['failed', 0],
    ]);
    expect(failed?.why).toContain('TypeError: x is undefined');
  });

  it('is thrown on where it concerns the whole run', async () => {
    const away = new ProviderError('network', 'ECONNREFUSED');
    await expect(answerBy(() => Promise.reject(away))).rejects.toBe(away);
  });
});

describe('an answer of a reasoning model', () => {
  it('is judged and kept without its thoughts', async () => {
    const { row } = await answerBy(async () => '<think>Three? No.</think>\n\nTwo litres.');
    expect(row).toMatchObject({ answer: 'Two litres.', latencyMs: 120, outputTokens: 4 });
    expect(row.judgements).toMatchObject([{ score: 1 }]);
    const wrong = await answerBy(async () => 'Two litres, it says. Hm.\n</think>Three litres.');
    expect(wrong.row).toMatchObject({ answer: 'Three litres.', judgements: [{ score: 0 }] });
  });

  it('that ended in its thoughts scores nothing, says why, and stops no run', async () => {
    const { row, failed } = await answerBy(async () => '<think>Two litres.');
    expect(row).toMatchObject({ answer: '', judgements: [{ score: 0 }] });
    expect(row.failure).toContain('raise serving.maxTokens');
    expect(failed).toBeUndefined();
  });
});
