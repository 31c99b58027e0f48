import { describe, expect, it } from 'vitest';
import { whyUnread } from './reply-cause.ts';
import type { ChatReply } from '../contract/ports.ts';

const why = (reply: Partial<ChatReply>) =>
  whyUnread(
    { text: '', finishReason: 'stop', outputTokens: 5, ...reply },
    { problem: 'the reply is empty', limit: 1024, field: 'teacher.maxTokens' },
  );

describe('why a reply can not be used', () => {
  it.each<[Partial<ChatReply>, string, string]>([
    [{ text: '{"facts": [', finishReason: 'length' }, 'cut-off', 'cut off at 1024 tokens: raise teacher.maxTokens'],
    [{ text: '{"facts": [', outputTokens: 1024 }, 'cut-off', 'cut off at 1024 tokens: raise teacher.maxTokens'],
    [{ text: '<think>\nOkay', finishReason: 'length' }, 'cut-off', 'before its answer, while it was thinking: raise'],
    [{ finishReason: 'length' }, 'cut-off', 'before its answer, while it was thinking: raise teacher.maxTokens'],
    [{ text: '<think>\nOkay' }, 'cut-off', 'ended in its thoughts: raise teacher.maxTokens'],
    [{ text: 'I can not help with that.', finishReason: 'refusal' }, 'refused', 'refused: "I can not help with that."'],
    [{ text: "I'm sorry, but I can't assist with that request." }, 'refused', "I'm sorry, but I can't"],
    [{ finishReason: 'content_filter' }, 'filtered', 'content filter'],
    [{ finishReason: 'tool_calls' }, 'tool-call', 'called a tool instead of answering'],
    [{ finishReason: 'reasoning' }, 'only-thoughts', 'turn thinking off'],
    [{}, 'unparseable', 'the reply is empty'],
    [{ text: 'Sorry states are kettles.' }, 'unparseable', 'the reply is empty'],
  ])('is named, with the fix: %j (F14)', (reply, cause, words) => {
    expect(why(reply)).toMatchObject({ cause, problem: expect.stringContaining(words) });
  });
});
