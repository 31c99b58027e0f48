import { createHash } from 'node:crypto';
import { canonicalJson } from '../datasets/canonical-json.ts';
import type { ChatModel, ChatRequest } from './types.ts';

/**
 * What makes two model calls the same call, as SHA-256 in hex: the model, its settings and the whole request. A default of
 * the model that the request leaves open counts like the same value written in the request.
 */
export function ledgerKey(model: Pick<ChatModel, 'provider' | 'model' | 'settings'>, request: ChatRequest): string {
  const { messages, temperature, maxTokens, seed, responseSchema, sample } = request;
  const { temperature: defaultTemperature, maxTokens: defaultMaxTokens, ...settings } = model.settings ?? {};
  const call = {
    provider: model.provider,
    model: model.model,
    settings,
    messages: messages.map(({ role, content }) => ({ role, content })),
    temperature: temperature ?? defaultTemperature,
    maxTokens: maxTokens ?? defaultMaxTokens,
    seed,
    responseSchema,
    sample: sample ?? 0,
  };
  return createHash('sha256').update(canonicalJson(call)).digest('hex');
}
