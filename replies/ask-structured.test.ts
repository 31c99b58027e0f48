import { describe, expect, it } from 'vitest';
import { askStructured } from './ask-structured.ts';
import type { Read } from './reply-json.ts';
import type { ChatModel, ChatReply, ChatRequest } from '../contract/ports.ts';

function scripted(replies: (string | Partial<ChatReply>)[]) {
  const requests: ChatRequest[] = [];
  const model: ChatModel = {
    provider: 'openai',
    model: 'small',
    concurrency: 1,
    chat: async (request) => {
      requests.push(request);
      const next = replies[requests.length - 1] ?? '';
      const reply = typeof next === 'string' ? { text: next } : next;
      return { text: '', finishReason: 'stop', inputTokens: 1, outputTokens: 1, ...reply };
    },
  };
  return { model, requests };
}

const read = (text: string): Read<number> =>
  /^\d+$/.test(text) ? { status: 'read', value: Number(text) } : { status: 'unread', problem: 'it is no number' };
const request: ChatRequest = { messages: [{ role: 'user', content: 'How many?' }], temperature: 0 };

describe('asking for structured output', () => {
  it('takes the first reply that can be read', async () => {
    const { model, requests } = scripted(['4']);
    expect(await askStructured({ model, request, read })).toMatchObject({
      result: { status: 'read', value: 4 },
      tries: 1,
    });
    expect(requests).toEqual([request]);
  });

  it('shows the model its reply and what was wrong with it, with the same settings', async () => {
    const { model, requests } = scripted(['four', '4']);
    const { result, tries } = await askStructured({ model, request, read });
    expect(result).toEqual({ status: 'read', value: 4 });
    expect(tries).toBe(2);
    expect(requests[1]).toMatchObject({ temperature: 0 });
    expect(requests[1]?.messages).toEqual([
      { role: 'user', content: 'How many?' },
      { role: 'assistant', content: 'four' },
      { role: 'user', content: expect.stringContaining('it is no number') },
    ]);
  });

  it('says that a reply was cut off where it was', async () => {
    const { model, requests } = scripted([{ text: '4, becau', finishReason: 'length' }, '4']);
    await askStructured({ model, request, read });
    expect(requests[1]?.messages.at(-1)?.content).toContain('cut off at its token limit');
  });

  it('gives the last reply back after the third, for the caller to reject', async () => {
    const { model, requests } = scripted(['a', 'b', 'c', '4']);
    const { reply, result, tries } = await askStructured({ model, request, read });
    expect(result).toEqual({ status: 'unread', cause: 'unparseable', problem: 'it is no number' });
    expect(reply.text).toBe('c');
    expect(tries).toBe(3);
    expect(requests).toHaveLength(3);
  });

  it('asks again where a part can not be used, and takes the best of such replies (F12)', async () => {
    const partly = (text: string): Read<string> => ({
      status: 'read',
      value: text,
      flaw: { problem: 'fact 2: answer: expected a text', good: Number(text) },
    });
    const { model, requests } = scripted(['1', '3', '2']);
    expect(await askStructured({ model, request, read: partly })).toMatchObject({
      reply: { text: '3' },
      result: { status: 'read', value: '3' },
      tries: 3,
    });
    expect(requests[1]?.messages.at(-1)?.content).toContain('fact 2: answer');
  });

  it('shows the model its reply without its thoughts', async () => {
    const { model, requests } = scripted(['<think>hm</think>four', '4']);
    await askStructured({ model, request, read });
    expect(requests[1]?.messages[1]).toEqual({ role: 'assistant', content: 'four' });
  });

  it.each([
    ['refusal', 'refused'],
    ['content_filter', 'filtered'],
  ])('asks once where the reply ended by %s: it would again (F14)', async (finishReason, cause) => {
    const { model, requests } = scripted([{ text: 'no', finishReason }, '4']);
    const { result } = await askStructured({ model, request, read });
    expect(result).toMatchObject({ status: 'unread', cause });
    expect(requests).toHaveLength(1);
  });
});
