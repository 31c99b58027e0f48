import { describe, expect, it } from 'vitest';
import type { ChatModel, ChatRequest } from '../../contract/ports.ts';
import { createFactsModelJudge } from './facts-model.ts';
import { createMetric } from '../index.ts';
import { JudgeReplyError } from '../types.ts';

const asked: ChatRequest[] = [];
const replying = (...replies: string[]): ChatModel => ({
  provider: 'scripted',
  model: 'm',
  concurrency: 1,
  chat: (request) => {
    asked.push(request);
    return Promise.resolve({ text: replies.shift() ?? '{}', finishReason: 'stop', inputTokens: 1, outputTokens: 1 });
  },
});
const subject = {
  question: 'do i have womb cancer??',
  answer: 'Only a tissue sample can tell.',
  facts: [['biopsy', 'tissue sample'], ['see a doctor']],
  mustNot: ['you have cancer'],
};

describe('expected facts by a judge model', () => {
  it('score the share that the model finds, and nothing where it finds what must not be said', async () => {
    const judge = (metric: 'facts' | 'must-not', reply: string) =>
      createFactsModelJudge({ metric, model: replying(reply) }).judge(subject);
    expect(await judge('facts', '{"said": [1], "forbidden": []}')).toMatchObject({
      score: 0.5,
      reason: "1 of 2 facts; it lacks 'see a doctor'",
    });
    expect(await judge('facts', '{"said": [1, 2], "forbidden": [1]}')).toMatchObject({ score: 0, label: 'must-not' });
    expect(await judge('must-not', '{"said": [], "forbidden": [1]}')).toMatchObject({ score: 0 });
    expect(await judge('must-not', '{"said": [], "forbidden": []}')).toMatchObject({ score: 1 });
  });

  it('ask the same for both metrics, with the alternatives of each fact', async () => {
    asked.length = 0;
    const reply = '{"said": [], "forbidden": []}';
    for (const metric of ['facts', 'must-not'] as const)
      await createFactsModelJudge({ metric, model: replying(reply) }).judge(subject);
    expect(asked[0]).toEqual(asked[1]);
    expect(asked[0]?.messages[0]?.content).toContain('1. "biopsy | tissue sample"');
  });

  it('send back a number that is not on the list', async () => {
    const model = replying('{"said": [3], "forbidden": []}', '{"said": [2], "forbidden": []}');
    expect(await createFactsModelJudge({ metric: 'facts', model }).judge(subject)).toMatchObject({ score: 0.5 });
  });

  it('fail where no reply can be read', async () => {
    const judge = createFactsModelJudge({ metric: 'facts', model: replying('?', '?', '?') });
    await expect(judge.judge(subject)).rejects.toThrow(JudgeReplyError);
  });

  it('are asked through the metric, once the answer can be read', async () => {
    const factsModel = replying('{"said": [1, 2], "forbidden": []}');
    const metric = createMetric('facts', { factsModel });
    expect(await metric.judge({ ...subject, answer: 'the the of of sample sample' })).toMatchObject({
      label: 'unreadable',
      score: 0,
    });
    expect(await metric.judge(subject)).toMatchObject({ score: 1, label: 'all' });
  });
});
