import { sha256Of } from '../../common/hash.ts';
import { canonicalJson } from '../../common/canonical-json.ts';
import type { ChatModel, ChatRequest } from '../../contract/ports.ts';

type Identity = Pick<ChatModel, 'provider' | 'model' | 'settings'>;

/** What makes two model calls the same call, as SHA-256 in hex. */
export function ledgerKey(model: Identity, request: ChatRequest): string {
  return keyOf(callJson(model, request));
}

export const keyOf = (call: string): string => sha256Of(call);

/**
 * A call as canonical JSON: the model, its settings and the whole request. A default of the model that the request leaves open
 * counts like the same value written in the request.
 */
export function callJson(model: Identity, request: ChatRequest): string {
  const { messages, temperature, maxTokens, seed, responseSchema, sample } = request;
  const { temperature: defaultTemperature, maxTokens: defaultMaxTokens, ...settings } = model.settings ?? {};
  const call = {
    maxTokens: maxTokens ?? defaultMaxTokens,
    messages: messages.map(({ role, content }) => ({ role, content })),
    model: model.model,
    provider: model.provider,
  };
  const rest = { sample: sample ?? 0, seed, settings, temperature: temperature ?? defaultTemperature };
  // In the order of their names; the schema, the largest part of many calls, is written once for all of them.
  const schema = responseSchema ? `,"responseSchema":${schemaJson(responseSchema)}` : '';
  return `${canonicalJson(call).slice(0, -1)}${schema},${canonicalJson(rest).slice(1)}`;
}

/** What a call's JSON holds when it asks for this schema, and else never: quotes within texts are escaped there. */
export const schemaMark = (name: string): string => `"responseSchema":{"name":${JSON.stringify(name)}`;

const schemas = new WeakMap<object, string>();

function schemaJson(schema: object): string {
  let json = schemas.get(schema);
  if (json === undefined) schemas.set(schema, (json = canonicalJson(schema)));
  return json;
}
