import { expect } from 'vitest';
import { HuggingFaceModelSchema, OpenAiModelSchema } from '../../configs/schema.ts';
import type { Keys } from '../../providers/chat/api-key.ts';
import { createHuggingFaceModel } from '../../providers/chat/huggingface.ts';
import { createOpenAiModel } from '../../providers/chat/openai.ts';
import type { ChatModel, ChatRequest } from '../../contract/ports.ts';

/** What every adapter must do, whatever server answers it: run against the fake server, and against a real one. */

export interface Knobs {
  url: string;
  keys: Keys;
  model?: string;
  timeoutMs?: number;
}

/** Every adapter that talks to a chat-completions server, made from its own config. A new one is its line here. */
export const ADAPTERS: Readonly<Record<'openai' | 'huggingface', (knobs: Knobs) => ChatModel>> = {
  openai: ({ url, keys, timeoutMs = 5000, model = 'small' }) =>
    createOpenAiModel(OpenAiModelSchema.parse({ provider: 'openai', model, baseUrl: url, timeoutMs }), keys),
  huggingface: ({ url, keys, timeoutMs = 5000, model = 'small' }) =>
    createHuggingFaceModel(
      HuggingFaceModelSchema.parse({ provider: 'huggingface', model, endpointUrl: url, timeoutMs }),
      keys,
    ),
};

const ask = (content: string, more: Partial<ChatRequest> = {}): ChatRequest => ({
  messages: [{ role: 'user', content }],
  temperature: 0,
  maxTokens: 48,
  ...more,
});

/** By what is promised. */
export const CHAT_CONTRACT: Readonly<Record<string, (make: (changes?: Partial<Knobs>) => ChatModel) => Promise<void>>> =
  {
    'answers with text, a finish reason and the tokens that it used': async (make) => {
      const reply = await make().chat(ask('How long does a period last?'));
      expect(reply.text.trim()).not.toBe('');
      expect(reply.finishReason).toMatch(/stop|length/);
      expect(reply.inputTokens).toBeGreaterThan(0);
      expect(reply.outputTokens).toBeGreaterThan(0);
    },

    'answers the same request alike at temperature 0': async (make) => {
      const model = make();
      const [one, other] = [await model.chat(ask('What is a cycle?')), await model.chat(ask('What is a cycle?'))];
      expect(one.text).toBe(other.text);
    },

    'answers many at once, each its own': async (make) => {
      const model = make();
      const texts = ['How long is a cycle?', 'When is it urgent?', 'What is a coil?', 'How long is a cycle?'];
      const alone = new Map<string, string>();
      for (const text of new Set(texts)) alone.set(text, (await model.chat(ask(text))).text);
      const together = await Promise.all(texts.map((text) => model.chat(ask(text))));
      expect(together.map(({ text }) => text)).toEqual(texts.map((text) => alone.get(text)));
    },

    'gives text for a schema too, however the server takes schemas': async (make) => {
      const schema = { type: 'object', properties: { word: { type: 'string' } }, required: ['word'] };
      const reply = await make().chat(ask('One word.', { responseSchema: { name: 'word', schema } }));
      expect(typeof reply.text).toBe('string');
    },

    'takes turns and a system message': async (make) => {
      const reply = await make().chat({
        messages: [
          { role: 'system', content: 'Be brief.' },
          { role: 'user', content: 'How long?' },
          { role: 'assistant', content: 'Five days.' },
          { role: 'user', content: 'And a cycle?' },
        ],
        temperature: 0,
        maxTokens: 16,
      });
      expect(reply.inputTokens).toBeGreaterThan(4);
    },

    'stops when the caller does, with the caller’s reason': async (make) => {
      const controller = new AbortController();
      const reason = new Error('enough');
      const answer = make().chat(ask('How long does it last?'), controller.signal);
      controller.abort(reason);
      await expect(answer).rejects.toBe(reason);
    },

    'gives up after its time, as a network failure that may be tried again': async (make) => {
      const answer = make({ timeoutMs: 1 }).chat(ask('How long does it last?'));
      await expect(answer).rejects.toMatchObject({ kind: 'network', retryable: true });
    },

    'says which server it cannot reach': async (make) => {
      const answer = make({ url: 'http://127.0.0.1:9/v1' }).chat(ask('Is anybody there?'));
      await expect(answer).rejects.toMatchObject({ kind: 'network', message: expect.stringContaining('127.0.0.1:9') });
    },
  };
