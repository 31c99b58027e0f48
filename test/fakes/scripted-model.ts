import type { ChatModel, ChatRequest } from '../../contract/ports.ts';

/** A model that answers from a script, for tests of what reads the answers. Keeps what it was asked. */
export function scriptedModel(
  reply: readonly string[] | ((request: ChatRequest) => string),
  model = 'scripted',
): ChatModel & { requests: ChatRequest[] } {
  const requests: ChatRequest[] = [];
  return {
    provider: 'scripted',
    model,
    concurrency: 1,
    requests,
    async chat(request) {
      requests.push(structuredClone(request));
      const text =
        typeof reply === 'function' ? reply(request) : (reply[Math.min(requests.length, reply.length) - 1] ?? '');
      return { text, finishReason: 'stop', inputTokens: 1, outputTokens: 1 };
    },
  };
}
