import { inspect } from 'node:util';
import { afterEach, describe, expect, it, vi } from 'vitest';
import {
  startFakeOpenAi,
  type FakeFailure,
  type FakeOptions,
  type FakeServer,
} from '../../test/fakes/openai-server.ts';
import { HuggingFaceModelSchema, OpenAiModelSchema } from '../../configs/schema.ts';
import { createHuggingFaceModel } from './huggingface.ts';
import { bodyInManner, usualManner } from './adaptation.ts';
import { createOpenAiModel } from './openai.ts';
import { ADAPTERS, CHAT_CONTRACT } from '../../test/support/chat-contract.ts';
import type { Environment, Keys } from './api-key.ts';
import { ProviderError, type ChatModel, type ChatRequest } from '../../contract/ports.ts';

const KEY = 'hf_secretKeyOfTheTests123';

interface FakeKnobs {
  url: string;
  env?: Environment;
  timeoutMs?: number;
  model?: string;
}

/** The adapters, with the fake server's key. */
const adapters = Object.fromEntries(
  Object.entries(ADAPTERS).map(([name, create]) => [
    name,
    ({ env = { OPENAI_API_KEY: KEY, HF_TOKEN: KEY }, ...knobs }: FakeKnobs) => create({ ...knobs, keys: keys(env) }),
  ]),
);

const SERVERS = ['https://models.example'];
const keys = (env: Environment): Keys => ({ env, servers: { OPENAI_API_KEY: SERVERS, HF_TOKEN: SERVERS } });
const hello: ChatRequest = { messages: [{ role: 'user', content: 'abc def' }] };
const schema = {
  type: 'object',
  properties: { word: { type: 'string' } },
  required: ['word'],
  additionalProperties: false,
};
const structured: ChatRequest = { ...hello, responseSchema: { name: 'word', schema } };

let server: FakeServer;
afterEach(() => server.close());

async function start(options: FakeOptions = {}): Promise<FakeServer> {
  return (server = await startFakeOpenAi({ apiKey: KEY, models: ['small'], ...options }));
}

async function failureOf(call: Promise<unknown>): Promise<ProviderError> {
  const error: unknown = await call.then(
    () => expect.fail('expected the call to fail'),
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(ProviderError);
  // What ends up in logs and histories: message, stack and causes, to any depth.
  expect(inspect(error, { depth: 20, showHidden: true })).not.toContain(KEY);
  return error as ProviderError;
}

const attempt = async (make: () => ChatModel) => make();

describe.each(Object.entries(adapters))('the %s adapter', (name, create) => {
  it.each(Object.entries(CHAT_CONTRACT))('%s', async (_promise, keeps) => {
    const { url } = await start({ latencyMs: 30 });
    await keeps((changes) => create({ url, ...changes }));
  });

  it('answers with text, finish reason and usage, and says what decides its answers', async () => {
    const { url, requests } = await start();
    const model = create({ url });
    expect(await model.chat({ ...hello, temperature: 0, maxTokens: 9, seed: 3 })).toEqual({
      text: 'fed cba',
      finishReason: 'stop',
      inputTokens: 2,
      outputTokens: 2,
    });
    expect(requests[0]).toMatchObject({
      path: '/v1/chat/completions',
      authorization: `Bearer ${KEY}`,
      body: { model: 'small', messages: hello.messages, temperature: 0, max_tokens: 9, seed: 3 },
    });
    expect(model).toMatchObject({ provider: name, model: 'small', concurrency: 16 });
    expect(model.settings).toEqual({ server: url, temperature: 0.7, maxTokens: 1024 });
  });

  it('fills in the config’s temperature and length', async () => {
    const { url, requests } = await start();
    await create({ url }).chat(hello);
    expect(requests[0]?.body).toMatchObject({ temperature: 0.7, max_tokens: 1024 });
  });

  it('asks for the schema strictly', async () => {
    const { url, requests } = await start();
    await create({ url }).chat(structured);
    expect(requests[0]?.body.response_format).toEqual({
      type: 'json_schema',
      json_schema: { name: 'word', strict: true, schema },
    });
  });

  it.each([
    { formats: ['json_object'], asked: ['json_schema', 'json_object'], settled: 'json_object' },
    { formats: [], asked: ['json_schema', 'json_object', undefined], settled: undefined },
  ])('falls back to what the server takes, and remembers it: $formats', async ({ formats, asked, settled }) => {
    const { url, requests } = await start({ formats });
    const model = create({ url });
    await model.chat(structured);
    expect(requests.map(({ body }) => body.response_format?.type)).toEqual(asked);
    expect(requests.at(-1)?.body.messages.at(-1)?.content).toContain(JSON.stringify(schema));
    await model.chat(structured);
    expect(requests.map(({ body }) => body.response_format?.type)).toEqual([...asked, settled]);
  });

  it('remembers no fallback when every way is refused', async () => {
    const { url, requests, failNext } = await start();
    const model = create({ url });
    const tooLong: FakeFailure = { kind: 'status', status: 400, message: 'maximum context length is 10 tokens' };
    failNext(tooLong, tooLong, tooLong);
    const error = await failureOf(model.chat(structured));
    expect(error).toMatchObject({ kind: 'bad-request', retryable: false });
    expect(error.message).toContain('maximum context length is 10 tokens');
    await model.chat(structured);
    expect(requests.at(-1)?.body.response_format?.type).toBe('json_schema');
  });

  it('passes on text that is not JSON: the caller parses it', async () => {
    const { url } = await start({ answer: () => 'Sure! Here it is.' });
    expect((await create({ url }).chat(structured)).text).toBe('Sure! Here it is.');
  });

  const refusals: [string, FakeFailure, Partial<ProviderError>][] = [
    ['403', { kind: 'status', status: 403 }, { kind: 'authentication', retryable: false }],
    ['422', { kind: 'status', status: 422 }, { kind: 'bad-request', retryable: false }],
    ['500', { kind: 'status', status: 500 }, { kind: 'server', retryable: true }],
    ['503', { kind: 'status', status: 503, headers: { 'retry-after': '3' } }, { kind: 'server', retryAfterMs: 3000 }],
    ['a proxy’s error page', { kind: 'html', status: 502 }, { kind: 'server', retryable: true }],
    ['429', { kind: 'status', status: 429 }, { kind: 'rate-limited', retryable: true }],
    [
      '429 with a wait',
      { kind: 'status', status: 429, headers: { 'retry-after': '7' } },
      { kind: 'rate-limited', retryAfterMs: 7000 },
    ],
    [
      '429 of an empty account',
      { kind: 'status', status: 429, code: 'insufficient_quota' },
      { kind: 'bad-request', retryable: false },
    ],
    ['a truncated body', { kind: 'truncated' }, { kind: 'malformed', retryable: true }],
    ['JSON of another kind', { kind: 'other-json' }, { kind: 'malformed', retryable: true }],
    ['a page instead of JSON', { kind: 'html', status: 200 }, { kind: 'malformed', retryable: true }],
    ['a reset connection', { kind: 'reset' }, { kind: 'network', retryable: true }],
    ['a connection dropped in the body', { kind: 'dropped' }, { kind: 'network', retryable: true }],
  ];
  it.each(refusals)('classifies %s, and asks once only', async (_what, failure, expected) => {
    const { url, requests, failNext } = await start();
    failNext(failure);
    const error = await failureOf(create({ url }).chat(hello));
    expect(error).toMatchObject(expected);
    expect(error.message).toContain(`${name} model 'small' at ${url}`);
    expect(requests).toHaveLength(1);
  });

  it('takes Retry-After as a date', async () => {
    const { url, failNext } = await start();
    const inAMinute = new Date(Date.now() + 60_000).toUTCString();
    failNext({ kind: 'status', status: 429, headers: { 'retry-after': inAMinute } });
    const error = await failureOf(create({ url }).chat(hello));
    expect(error.retryAfterMs).toBeGreaterThan(55_000);
    expect(error.retryAfterMs).toBeLessThanOrEqual(60_000);
  });

  it('says that the key is wrong without repeating it, though the server does', async () => {
    const { url } = await start({ apiKey: 'another' });
    const error = await failureOf(create({ url }).chat(hello));
    expect(error).toMatchObject({ kind: 'authentication', retryable: false });
    expect(error.message).toContain('Incorrect API key provided: [redacted]');
  });

  it('says that a model does not exist', async () => {
    const { url } = await start();
    const error = await failureOf(create({ url, model: 'smal' }).chat(hello));
    expect(error).toMatchObject({ kind: 'not-found', retryable: false });
    expect(error.message).toContain("The model 'smal' does not exist");
  });

  it('says that nothing listens there', async () => {
    const { url } = await start();
    await server.close();
    const error = await failureOf(create({ url }).chat(hello));
    expect(error).toMatchObject({ kind: 'network', retryable: true });
    expect(error.message).toContain('ECONNREFUSED');
  });

  it.each([{ kind: 'silent' }, { kind: 'drip', everyMs: 20 }] as FakeFailure[])(
    'gives up at its time-out, also when the answer is $kind',
    async (failure) => {
      const { url, failNext } = await start();
      failNext(failure);
      const error = await failureOf(create({ url, timeoutMs: 150 }).chat(hello));
      expect(error).toMatchObject({ kind: 'network', retryable: true });
      expect(error.message).toContain('within 150 ms');
    },
  );

  it('stops when the caller does, with the caller’s reason', async () => {
    const { url, failNext } = await start();
    failNext({ kind: 'silent' });
    const controller = new AbortController();
    const reason = new Error('the run was cancelled');
    const call = create({ url }).chat(hello, controller.signal);
    call.catch(() => {}); // Awaited below.
    await vi.waitFor(() => expect(server.requests).toHaveLength(1));
    controller.abort(reason);
    await expect(call).rejects.toBe(reason);
    await expect(create({ url }).chat(hello, controller.signal)).rejects.toBe(reason);
    expect(server.requests).toHaveLength(1);
  });

  it('needs no key on this machine, and names variable, field and fix elsewhere', async () => {
    const { url } = await startWithoutKey();
    expect((await create({ url, env: {} }).chat(hello)).text).toBe('fed cba');
    const variable = name === 'openai' ? 'OPENAI_API_KEY' : 'HF_TOKEN';
    const error = await failureOf(attempt(() => create({ url: 'https://models.example/v1', env: {} })));
    expect(error.kind).toBe('authentication');
    for (const part of [variable, 'apiKeyEnv', `export ${variable}=`]) expect(error.message).toContain(part);
    const env = { [variable]: `${KEY} and more` };
    expect((await failureOf(attempt(() => create({ url, env })))).message).toContain('no key has');
  });
});

async function startWithoutKey(): Promise<FakeServer> {
  return (server = await startFakeOpenAi());
}

describe('the huggingface adapter', () => {
  it('names the known inference providers when it does not know one', async () => {
    await start();
    const spec = HuggingFaceModelSchema.parse({ provider: 'huggingface', model: 'm', inferenceProvider: 'togehter' });
    const error = await failureOf(
      attempt(() =>
        createHuggingFaceModel(spec, {
          env: { HF_TOKEN: KEY },
          servers: { HF_TOKEN: ['https://router.huggingface.co'] },
        }),
      ),
    );
    expect(error.message).toMatch(/unknown provider 'togehter'; known: auto, .*together/);
  });
});

describe('the openai adapter', () => {
  it('reads the key from the variable that the config names', async () => {
    const { url, requests } = await start({ apiKey: 'other-key' });
    const spec = OpenAiModelSchema.parse({ provider: 'openai', model: 'small', baseUrl: url, apiKeyEnv: 'TEAM_KEY' });
    await createOpenAiModel(spec, keys({ TEAM_KEY: 'other-key', OPENAI_API_KEY: KEY })).chat(hello);
    expect(requests[0]?.authorization).toBe('Bearer other-key');
  });
});

it.each([
  ['https://api.openai.com/v1', { max_completion_tokens: 7 }],
  ['https://team.openai.azure.com/openai/v1', { max_completion_tokens: 7 }],
  ['https://team.services.ai.azure.com/openai/v1', { max_completion_tokens: 7 }],
  ['https://openai.azure.com.example/v1', { max_tokens: 7 }],
  ['http://127.0.0.1:8000/v1', { max_tokens: 7 }],
])('limits an answer as %s wants it', (server, limit) => {
  const defaults = { model: 'm', temperature: 0, maxTokens: 7 };
  const { model: _m, temperature: _t, messages: _s, ...rest } = bodyInManner(hello, defaults, usualManner(server));
  expect(rest).toEqual(limit);
});
