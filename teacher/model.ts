import { countTokens } from '../language/text.ts';
import { factsOf } from './passage.ts';
import { readTask } from './passage-task.ts';
import { Conjugator } from './words/tokens.ts';
import type { ChatModel, ChatReply, ChatRequest } from '../contract/ports.ts';

const MAX_PHRASINGS = 8;

/**
 * The teacher that needs no key: derives questions from a passage's sentences, list items and table rows by rules of
 * grammar. It reads the user message of a generation request (`<passage>`, `facts: N`, `phrasings: M`) and answers with
 * the same JSON as any other teacher, and with `skipped`: each part of the passage that it asks nothing about, and why.
 * Sample s gives the s-th N facts, so that further samples bring new ones.
 */
export function createBuiltinTeacher(): ChatModel {
  const verbs = new Conjugator();
  return {
    provider: 'builtin',
    free: true,
    model: 'sentence-rules-4',
    concurrency: 4,
    async chat(request: ChatRequest): Promise<ChatReply> {
      const { passage, path, facts: wanted, phrasings } = readTask(request);
      const sample = request.sample ?? 0;
      const { facts, skipped } = factsOf(passage, { path, count: Math.min(phrasings, MAX_PHRASINGS), verbs });
      const found = facts.slice(sample * wanted, (sample + 1) * wanted);
      const text = JSON.stringify({ facts: found, skipped });
      const inputTokens = request.messages.reduce((sum, message) => sum + countTokens(message.content), 0);
      return { text, finishReason: 'stop', inputTokens, outputTokens: countTokens(text) };
    },
  };
}
