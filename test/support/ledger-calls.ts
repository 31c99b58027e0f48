import type { Call, Paid } from '../../providers/ledger/calls/call.ts';
import type { ChatModel, ChatReply } from '../../contract/ports.ts';

/** A call half way through the ledger, and what one of its wrappers is given. */

export const reply: ChatReply = { text: 'yes', finishReason: 'stop', inputTokens: 2, outputTokens: 3 };
export const paid: Paid = { reply, written: Promise.resolve(reply) };

export const callOf = (fields: Partial<Call> = {}): Call => ({
  request: { messages: [{ role: 'user', content: 'Is it?' }], maxTokens: 10 },
  json: '{}',
  key: 'key',
  run: 'run',
  signal: new AbortController().signal,
  ...fields,
});

export const modelOf = (fields: Partial<ChatModel> = {}): ChatModel => ({
  provider: 'openai',
  model: 'small',
  concurrency: 1,
  prices: { inputPerMillion: 1, outputPerMillion: 1 },
  chat: () => Promise.resolve(reply),
  ...fields,
});
