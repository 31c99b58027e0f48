import type { Amount, ChatModel, ChatReply, ChatRequest } from '../../contract/ports.ts';

/** What one call costs, and what it may cost at most. */

/** US dollars for a million tokens are billionths of a dollar, times a thousand, for one. */
const NANO_PER_TOKEN = 1000;
/** Tokens that a chat template adds around each message, and once around all: a few; this is generous. */
const TEMPLATE_TOKENS = 16;
const DEFAULT_MAX_TOKENS = 4096;

/** What was used, at the model's prices, rounded up. A reply without counts costs what was reserved for it. */
export function costOf(model: Pick<ChatModel, 'prices' | 'free'>, reply: ChatReply, reserved?: Amount): Amount {
  if (model.free) return { costNanoUsd: 0, tokens: 0 };
  const { inputTokens, outputTokens } = reply;
  if (inputTokens + outputTokens === 0 && reserved) return reserved;
  return amount(model, inputTokens, outputTokens);
}

/** The most that a call can cost: no token is shorter than a byte, and the answer ends at its limit. */
export function mostOf(model: Pick<ChatModel, 'prices' | 'settings'>, request: ChatRequest): Amount {
  return amount(
    model,
    inputBytes(request) + TEMPLATE_TOKENS * (request.messages.length + 1),
    outputLimit(model, request),
  );
}

/** Tokens that a call likely takes out of a server's rate: four characters each, and the whole answer, as servers count. */
export function likelyTokens(model: Pick<ChatModel, 'settings'>, request: ChatRequest): number {
  return likelyInputTokens(request) + outputLimit(model, request);
}

/** Four characters a token, as a rule of thumb for English. */
export const likelyInputTokens = (request: ChatRequest): number => Math.ceil(inputBytes(request) / 4);

function amount({ prices }: Pick<ChatModel, 'prices'>, input: number, output: number): Amount {
  const perInput = prices?.inputPerMillion ?? 0;
  const perOutput = prices?.outputPerMillion ?? 0;
  return {
    costNanoUsd: Math.ceil((input * perInput + output * perOutput) * NANO_PER_TOKEN),
    tokens: input + output,
  };
}

function outputLimit(model: Pick<ChatModel, 'settings'>, request: ChatRequest): number {
  const fallback = model.settings?.maxTokens;
  return request.maxTokens ?? (typeof fallback === 'number' ? fallback : DEFAULT_MAX_TOKENS);
}

const schemaBytes = new WeakMap<object, number>();

function inputBytes({ messages, responseSchema }: ChatRequest): number {
  let bytes = 0;
  for (const { content } of messages) bytes += Buffer.byteLength(content);
  if (!responseSchema) return bytes;
  let size = schemaBytes.get(responseSchema);
  if (size === undefined)
    schemaBytes.set(responseSchema, (size = Buffer.byteLength(JSON.stringify(responseSchema)) + 200));
  return bytes + size;
}
