import { afterEach, beforeEach, expect, it } from 'vitest';
import { createHosted, hostedServer } from '../providers/hosted.ts';
import { startFakeOpenAi, type FakeServer } from '../test/fakes/openai-server.ts';
import { lookHosted } from './look-hosted.ts';

let server: FakeServer;
let says = 'Yes.';
beforeEach(async () => {
  says = 'Yes.';
  server = await startFakeOpenAi({ apiKey: 'k', models: ['org/small'], answer: () => says });
});
afterEach(() => server.close());

const servedAs = { systemPrompt: 'Be kind.', temperature: 0.5, maxTokens: 7 };
const keys = (key: string | undefined) => ({ env: { ACME_KEY: key }, servers: {} });
const look = (provider: string, id: string, key: string | undefined = 'k') =>
  lookHosted({
    hosted: createHosted({ acme: { baseUrl: server.url, apiKeyEnv: 'ACME_KEY', timeoutMs: 5_000 } }, keys(key)),
    model: { kind: 'hosted', provider, id },
    servedAs,
    signal: new AbortController().signal,
  });

it('asks a hosted model as it would serve', async () => {
  await look('acme', 'org/small');
  expect(server.requests.at(-1)).toMatchObject({
    authorization: 'Bearer k',
    body: { model: 'org/small', temperature: 0.5, messages: [{ role: 'system', content: 'Be kind.' }, {}] },
  });
});

it.each<[string, () => Promise<unknown>, RegExp]>([
  [
    'a provider that is not declared',
    () => look('acmee', 'org/small'),
    /unknown provider 'acmee'; did you mean 'acme'\? known: acme; providers are declared in configs\/hosted\.yaml/,
  ],
  ['a model that is not there', () => look('acme', 'org/large'), /org\/large/],
  ['a key that is refused', () => look('acme', 'org/small', 'wrong'), /401|key/],
  ['an empty answer', () => ((says = ''), look('acme', 'org/small')), /empty|no text/],
])('refuses %s by name', async (_what, ask, words) => {
  await expect(ask()).rejects.toThrow(words);
});

it('gives a gateway the address and the key, and says which is missing', () => {
  const declared = { baseUrl: 'https://api.acme.com/v1/', apiKeyEnv: 'ACME_KEY', timeoutMs: 1 };
  const of = (key: string | undefined, servers: string[]) =>
    hostedServer('acme', declared, { env: { ACME_KEY: key }, servers: { ACME_KEY: servers } });
  expect(of('k', ['https://api.acme.com'])).toEqual({
    baseUrl: 'https://api.acme.com/v1',
    headers: { authorization: 'Bearer k' },
  });
  expect(() => of('k', [])).toThrow("provider 'acme': the key of ACME_KEY may not be sent to https://api.acme.com");
  expect(() => of(undefined, ['https://api.acme.com'])).toThrow('the environment variable ACME_KEY is not set');
});
