import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, it } from 'vitest';
import { RemoteModelSchema } from '../../configs/schema.ts';
import { startFakeOpenAi, type FakeServer } from '../../test/fakes/openai-server.ts';
import { createEmbeddingModel, vectorOf } from './embedding.ts';
import { openLedger } from '../ledger/ledger.ts';

let server: FakeServer;
afterEach(() => server.close());

const make = async (embed?: (text: string) => number[]) => {
  server = await startFakeOpenAi(embed ? { embed } : {});
  const spec = { provider: 'openai', model: 'embedder', baseUrl: server.url };
  return createEmbeddingModel(RemoteModelSchema.parse(spec), { env: {}, servers: {} });
};
const ask = (content: string) => ({ messages: [{ role: 'user' as const, content }] });

it('gives a vector of length 1 for a text, and the tokens that it took', async () => {
  const model = await make((text) => [text.length, 0, text.length]);
  const reply = await model.chat(ask('one two'));
  expect(reply.inputTokens).toBe(2);
  expect([...vectorOf(reply)].map((value) => Number(value.toFixed(4)))).toEqual([0.7071, 0, 0.7071]);
});

it('is paid for once: the ledger holds it like any call', async () => {
  const model = await make(() => [1, 2]);
  const ledger = await openLedger(':memory:');
  const wrapped = ledger.wrap(model, { runId: 'run' });
  expect(vectorOf(await wrapped.chat(ask('text')))).toEqual(vectorOf(await wrapped.chat(ask('text'))));
  expect(server.embedded).toEqual(['text']);
  expect(await ledger.counts('run')).toMatchObject({ misses: 1 });
  await ledger.close();
});

it('is read whatever type the server gives it, and what is no list of vectors is malformed (F16)', async () => {
  const answers = [
    { type: 'text/plain', body: '{"data":[{"embedding":[3,4]}],"usage":{"prompt_tokens":"2"}}' },
    { type: 'application/json', body: '{"error":{"message":"out of memory","code":500}}' },
    { type: 'text/html', body: '<html><body>Sign in</body></html>' },
    { type: 'application/json', body: '{"data":[]}' },
  ];
  const raw = createServer((_, response) => {
    const { type, body } = answers.shift()!;
    response.writeHead(200, { 'content-type': type }).end(body);
  });
  await new Promise<void>((resolve) => raw.listen(0, '127.0.0.1', resolve));
  await make();
  const spec = {
    provider: 'openai',
    model: 'e',
    baseUrl: `http://127.0.0.1:${(raw.address() as AddressInfo).port}/v1`,
  };
  const model = createEmbeddingModel(RemoteModelSchema.parse(spec), { env: {}, servers: {} });
  const reply = await model.chat(ask('text'));
  expect(reply.inputTokens).toBe(2);
  expect([...vectorOf(reply)].map((value) => Number(value.toFixed(2)))).toEqual([0.6, 0.8]);
  await expect(model.chat(ask('text'))).rejects.toMatchObject({
    kind: 'server',
    message: expect.stringContaining('out of memory'),
  });
  await expect(model.chat(ask('text'))).rejects.toMatchObject({
    kind: 'malformed',
    message: expect.stringContaining('Sign in'),
  });
  await expect(model.chat(ask('text'))).rejects.toMatchObject({
    kind: 'malformed',
    message: expect.stringContaining('no list of embeddings'),
  });
  raw.close();
});

it('says what the server says where it makes no vectors', async () => {
  const model = await make();
  await expect(model.chat(ask('text'))).rejects.toMatchObject({
    kind: 'not-found',
    message: expect.stringContaining("embedding model 'embedder'"),
  });
});
