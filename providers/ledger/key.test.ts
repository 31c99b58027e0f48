import { describe, expect, it } from 'vitest';
import { canonicalJson } from '../../common/canonical-json.ts';
import { callJson, ledgerKey } from './key.ts';
import type { ChatRequest } from '../../contract/ports.ts';

const model = {
  provider: 'openai',
  model: 'small',
  settings: { server: 'http://a', temperature: 0.7, maxTokens: 100 },
};
const request: ChatRequest = {
  messages: [{ role: 'user', content: 'a' }],
  temperature: 0,
  maxTokens: 10,
  seed: 1,
  responseSchema: { name: 's', schema: { type: 'object', required: ['x', 'y'] } },
  sample: 0,
};

describe('ledgerKey', () => {
  const key = ledgerKey(model, request);

  it.each<[string, typeof model, ChatRequest]>([
    ['provider', { ...model, provider: 'huggingface' }, request],
    ['model', { ...model, model: 'large' }, request],
    ['server', { ...model, settings: { ...model.settings, server: 'http://b' } }, request],
    ['role', model, { ...request, messages: [{ role: 'system', content: 'a' }] }],
    ['content', model, { ...request, messages: [{ role: 'user', content: 'b' }] }],
    ['number of messages', model, { ...request, messages: [...request.messages, ...request.messages] }],
    ['temperature', model, { ...request, temperature: 0.1 }],
    ['maxTokens', model, { ...request, maxTokens: 11 }],
    ['seed', model, { ...request, seed: 2 }],
    ['schema', model, { ...request, responseSchema: { name: 's', schema: { type: 'object', required: ['y', 'x'] } } }],
    [
      'schema name',
      model,
      { ...request, responseSchema: { name: 't', schema: { type: 'object', required: ['x', 'y'] } } },
    ],
    ['sample', model, { ...request, sample: 1 }],
  ])('changes with the %s', (_part, otherModel, otherRequest) => {
    expect(ledgerKey(otherModel, otherRequest)).not.toBe(key);
  });

  it('does not change with the order of keys, or with what is left undefined', () => {
    const turned: ChatRequest = {
      sample: 0,
      responseSchema: { schema: { required: ['x', 'y'], type: 'object' }, name: 's' },
      seed: 1,
      maxTokens: 10,
      temperature: 0,
      messages: [{ content: 'a', role: 'user' }],
    };
    expect(ledgerKey(model, turned)).toBe(key);
    const { sample: _sample, ...withoutSample } = request;
    expect(ledgerKey(model, withoutSample)).toBe(key);
  });

  it('changes with a default of the model that the request leaves open, and counts it like a value of the request', () => {
    const { temperature: _temperature, ...open } = request;
    const warm = { ...model, settings: { ...model.settings, temperature: 1 } };
    expect(ledgerKey(warm, open)).not.toBe(ledgerKey(model, open));
    expect(ledgerKey(warm, open)).toBe(ledgerKey(model, { ...open, temperature: 1 }));
    expect(ledgerKey(warm, request)).toBe(key);
  });
});

it('is taken over the canonical JSON of the whole call', () => {
  const { temperature, maxTokens, messages, seed, responseSchema, sample } = request;
  const call = {
    ...model,
    settings: { server: 'http://a' },
    temperature,
    maxTokens,
    messages,
    seed,
    responseSchema,
    sample,
  };
  expect(callJson(model, request)).toBe(canonicalJson(call));
  const { responseSchema: _schema, seed: _seed, ...plain } = request;
  expect(callJson({ provider: 'local', model: 'w' }, plain)).toBe(
    canonicalJson({ provider: 'local', model: 'w', settings: {}, ...plain }),
  );
});

describe('canonicalJson', () => {
  it('sorts keys at every depth and keeps the order of lists', () => {
    expect(canonicalJson({ b: [{ d: 1, c: undefined, a: null }, 2], a: 'x' })).toBe(
      '{"a":"x","b":[{"a":null,"d":1},2]}',
    );
  });
});
