import { describe, expect, it } from 'vitest';
import type { ChatModel } from '../contract/ports.ts';
import { UNIT_SCALE, type Judge } from './types.ts';
import { createJudge, createJudges, createMetric, metricNames, ruleNames, runPanel } from './index.ts';

const chatModel = (): ChatModel => ({
  provider: 'scripted',
  model: 'm',
  concurrency: 1,
  chat: async () => ({
    text: '{"reason": "r", "label": "supported"}',
    finishReason: 'stop',
    inputTokens: 1,
    outputTokens: 1,
  }),
});
const model = {
  provider: 'openai',
  model: 'm',
  temperature: 0,
  maxTokens: 64,
  concurrency: 1,
  timeoutMs: 1000,
  mode: 'online',
  format: 'json',
} as const;

const fixed = (name: string, score: number, passScore = 1): Judge => ({
  name,
  version: '1',
  scale: UNIT_SCALE,
  passScore,
  judge: async () => ({ judge: name, version: '1', label: 'l', score, reason: 'r' }),
});
const subject = { question: 'How long does a normal period last?', answer: 'A normal period lasts 2 to 7 days.' };

describe('judges by name', () => {
  it('makes every rule judge, each under its own name', () => {
    for (const name of ruleNames()) expect(createJudge(name, { chatModel }).name).toBe(name);
  });

  it('makes an LLM judge from its rubric and model', async () => {
    const judge = createJudge({ judge: 'llm', rubric: 'faithfulness', model }, { chatModel });
    expect((await judge.judge(subject)).score).toBe(1);
  });

  it.each([
    [
      ['grounded', 'safe', 'groundd'],
      "judges[2]: unknown judge 'groundd'; did you mean 'grounded'? known: grounded, answerable, abstains, well-formed, gives-away, safe",
    ],
    [['banana-split'], "judges[0]: unknown judge 'banana-split'; known: grounded"],
    [['constructor'], "judges[0]: unknown judge 'constructor'"],
    [
      [{ judge: 'llm' as const, rubric: 'faithfullness', model }],
      "judges[0]: unknown rubric 'faithfullness'; did you mean 'faithfulness'? known: abstention, answer-relevancy, answerability, correctness, faithfulness, safety",
    ],
  ])('names the field, the known names and the nearest for %j', (specs, message) => {
    expect(() => createJudges(specs, { chatModel })).toThrow(message);
  });

  it('knows the metrics of an evaluation, and names the nearest to one it does not know', () => {
    expect(metricNames()).toEqual(expect.arrayContaining(['correctness', 'grounding', 'safety', 'facts', 'must-not']));
    expect(createMetric('grounding').name).toBe('grounded');
    expect(() => createMetric('safty', { field: 'evaluation.metrics[1]' })).toThrow(
      "evaluation.metrics[1]: unknown metric 'safty'; did you mean 'safety'?",
    );
  });
});

describe('the panel', () => {
  it('keeps what every judge passes', async () => {
    const judges = createJudges(ruleNames(), { chatModel });
    const verdict = await runPanel({ judges, subject: { ...subject, context: subject.answer } });
    expect(verdict).toMatchObject({ decision: 'keep', reasons: [] });
    // Abstaining is asked of unanswerable questions alone.
    expect(verdict.judgements.map(({ judge }) => judge)).toEqual(ruleNames().filter((name) => name !== 'abstains'));
  });

  it('rejects with the name of each judge below its pass score, in order, and keeps all judgements', async () => {
    const verdict = await runPanel({ judges: [fixed('a', 0.5), fixed('b', 1), fixed('c', 0)], subject });
    expect(verdict.decision).toBe('reject');
    expect(verdict.reasons).toEqual(['a', 'c']);
    expect(verdict.judgements).toHaveLength(3);
  });

  it('takes a score equal to the pass score', async () => {
    expect((await runPanel({ judges: [fixed('a', 0.5, 0.5)], subject })).decision).toBe('keep');
  });

  it('fails when a judge cannot judge', async () => {
    const broken: Judge = { ...fixed('a', 1), judge: async () => Promise.reject(new Error('no model')) };
    await expect(runPanel({ judges: [broken], subject })).rejects.toThrow('no model');
  });
});
