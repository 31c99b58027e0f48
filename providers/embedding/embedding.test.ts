import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, it } from 'vitest';
import { RemoteModelSchema } from '../../configs/schema.ts';
import { startFakeOpenAi, type FakeServer } from '../../test/fakes/openai-server.ts';
import { ofLengthOne } from '../../common/vectors.ts';
import { createEmbeddingModel } from './embedding.ts';
import { openLedger } from '../ledger/ledger.ts';

let server: FakeServer;
afterEach(() => server.close());

const make = async (embed?: (text: string) => number[]) => {
  server = await startFakeOpenAi(embed ? { embed } : {});
  const spec = { provider: 'openai', model: 'embedder', baseUrl: server.url };
  return createEmbeddingModel(RemoteModelSchema.parse(spec), { env: {}, servers: {} });
};

const rounded = ({ vectors }: { vectors: Float32Array[] }) =>
  vectors.map((vector) => [...ofLengthOne(vector)].map((value) => Number(value.toFixed(4))));

it('gives a vector for each text, and the tokens that they took', async () => {
  const model = await make((text) => [text.length, 0, text.length]);
  const one = await model.embed(['one two']);
  expect(one.inputTokens).toBe(2);
  expect(rounded(one)).toEqual([[0.7071, 0, 0.7071]]);
  const two = await model.embed(['one two', 'three']);
  expect(two.vectors.map((vector) => [...vector])).toEqual([
    [7, 0, 7],
    [5, 0, 5],
  ]);
});

it('is paid for once: the ledger holds it as it held the replies of before, under the same key', async () => {
  const model = await make(() => [1, 2]);
  const ledger = await openLedger(':memory:');
  const wrapped = ledger.wrapEmbedding(model, { runId: 'run' });
  const first = await wrapped.embed(['text', 'text']);
  expect(first).toEqual(await wrapped.embed(['text', 'text']));
  expect(first.vectors.map((vector) => [...vector])).toEqual([
    [1, 2],
    [1, 2],
  ]);
  expect(server.embedded).toEqual(['text']);
  expect(await ledger.counts('run')).toMatchObject({ misses: 1 });
  const { settings = {} } = model;
  expect(settings).toEqual({ server: expect.stringContaining('127.0.0.1') as string, kind: 'embedding' });
  // As 0.1 asked it, and as it read the answer.
  const [kept] = await ledger.peek(model, [{ messages: [{ role: 'user', content: 'text' }] }]);
  expect(kept?.text).toBe(Buffer.from(Float32Array.from([1, 2]).buffer).toString('base64'));
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
  const reply = await model.embed(['text']);
  expect(reply.inputTokens).toBe(2);
  expect(rounded(reply)).toEqual([[0.6, 0.8]]);
  await expect(model.embed(['text'])).rejects.toMatchObject({
    kind: 'server',
    message: expect.stringContaining('out of memory'),
  });
  await expect(model.embed(['text'])).rejects.toMatchObject({
    kind: 'malformed',
    message: expect.stringContaining('Sign in'),
  });
  await expect(model.embed(['text'])).rejects.toMatchObject({
    kind: 'malformed',
    message: expect.stringContaining('no list of embeddings'),
  });
  raw.close();
});

it('says what the server says where it makes no vectors', async () => {
  const model = await make();
  await expect(model.embed(['text'])).rejects.toMatchObject({
    kind: 'not-found',
    message: expect.stringContaining("embedding model 'embedder'"),
  });
});
