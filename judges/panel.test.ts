import { describe, expect, it } from 'vitest';
import { ProviderError } from '../contract/ports.ts';
import { runPanel } from './panel.ts';
import { JudgeReplyError, UNIT_SCALE, type Judge } from './types.ts';

const subject = { question: 'How long?', answer: 'Two days.' };
const scoring = (name: string, score: number): Judge => ({
  name,
  version: '1',
  scale: UNIT_SCALE,
  passScore: 0.5,
  judge: async () => ({ judge: name, version: '1', label: String(score), score, reason: 'as scripted' }),
});
const failing = (name: string, error: Error): Judge => ({ ...scoring(name, 0), judge: () => Promise.reject(error) });

describe('runPanel', () => {
  it('keeps what every judge passes, with all judgements', async () => {
    const verdict = await runPanel({ judges: [scoring('a', 0.5), scoring('b', 1)], subject });
    expect(verdict).toMatchObject({ decision: 'keep', reasons: [], judgements: [{ judge: 'a' }, { judge: 'b' }] });
  });

  it('rejects with the name of every judge that did not pass it', async () => {
    const verdict = await runPanel({ judges: [scoring('a', 0.4), scoring('b', 1), scoring('c', 0)], subject });
    expect(verdict).toMatchObject({ decision: 'reject', reasons: ['a', 'c'] });
  });

  it('rejects a pair that a judge model gave no usable judgement on, and says why', async () => {
    const judges = [failing('llm', new JudgeReplyError('no JSON, after 3 tries')), scoring('b', 1)];
    const verdict = await runPanel({ judges, subject });
    expect(verdict).toMatchObject({
      decision: 'reject',
      reasons: ['llm: unparseable'],
      judgements: [{ label: 'unparseable', score: 0, reason: 'no JSON, after 3 tries' }, { judge: 'b' }],
    });
  });

  it('names who found a fault before who gave no usable judgement: the pair is counted once, by its fault (F17)', async () => {
    const judges = [failing('llm', new JudgeReplyError('cut off', 'cut-off')), scoring('b', 0)];
    expect(await runPanel({ judges, subject })).toMatchObject({
      reasons: ['b', 'llm: cut-off'],
      judgements: [{ label: 'unparseable: cut-off' }, { judge: 'b' }],
    });
  });

  it('gives no verdict when a provider fails: the shard is tried again', async () => {
    const error = new ProviderError('rate-limited', 'slow down');
    await expect(runPanel({ judges: [failing('llm', error)], subject })).rejects.toBe(error);
  });
});
