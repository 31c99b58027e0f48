import { describe, expect, it } from 'vitest';
import { scriptedModel } from '../../test/fakes/scripted-model.ts';
import { createMetric, measures } from '../index.ts';
import { JudgeReplyError, type Subject } from '../types.ts';

const subject: Subject = {
  question: 'how long does an egg live?',
  answer: 'An egg lives for a day.',
  reference: 'An egg lives for up to 24 hours. Sperm lives for up to 5 days.',
  retrieved: ['Iron is in lentils.', 'A released egg lives for up to 24 hours.', 'Pads are changed every 4 hours.'],
  cited: ['A released egg lives for up to 24 hours.'],
};
const judged = (name: string, replies: readonly string[], of: Partial<Subject> = {}) => {
  const contextsModel = scriptedModel(replies);
  return { asked: contextsModel.requests, judged: createMetric(name, { contextsModel }).judge({ ...subject, ...of }) };
};

describe("Ragas' metrics by a judge model", () => {
  it('are the mean precision at the passages of use, and the share of the right answer that is supported', async () => {
    const precision = judged('context-precision', ['{"numbers": [2, 3]}']);
    expect((await precision.judged).score).toBeCloseTo((1 / 2 + 2 / 3) / 2);
    expect(precision.asked[0]!.messages[0]!.content).toContain('2. "A released egg lives');
    const recall = judged('context-recall', ['{"numbers": [1]}']);
    expect(await recall.judged).toMatchObject({
      score: 0.5,
      reason: expect.stringMatching(/^1 of 2 sentences/) as string,
    });
    expect((await judged('context-precision', ['{"numbers": []}']).judged).score).toBe(0);
  });

  it('ask nothing where nothing was found, and of faithfulness only of what is cited', async () => {
    const nothing = judged('context-recall', [], { retrieved: [] });
    expect(await nothing.judged).toMatchObject({ score: 0, label: 'nothing-found' });
    expect(nothing.asked).toEqual([]);
    const claims = '{"claims": [{"claim": "An egg lives for a day.", "verdict": "supported"}]}';
    const faithful = judged('faithfulness', [claims]);
    expect(await faithful.judged).toMatchObject({ judge: 'faithfulness', score: 1 });
    expect(faithful.asked[0]!.messages[0]!.content).not.toContain('lentils');
  });

  it('send back a number that is not there, and fail where no reply can be read', async () => {
    expect((await judged('context-recall', ['{"numbers": [3]}', '{"numbers": [1, 2]}']).judged).score).toBe(1);
    await expect(judged('context-recall', ['?', '?', '?']).judged).rejects.toThrow(JudgeReplyError);
  });

  it('name the setting that they need, and measure only what was retrieved for', () => {
    expect(() => createMetric('faithfulness')).toThrow(
      "evaluation.metrics: the metric 'faithfulness' asks a judge model; name one in evaluation.contextsModel",
    );
    const { retrieved: _retrieved, cited: _cited, ...closed } = subject;
    for (const name of ['context-precision', 'context-recall', 'faithfulness']) {
      expect(measures(name, closed)).toBe(false);
      expect(measures(name, subject)).toBe(true);
    }
  });
});
