import { afterEach, expect, it } from 'vitest';
import { RemoteModelSchema } from '../configs/schema.ts';
import { startFakeOpenAi, type FakeServer } from '../test/fakes/openai-server.ts';
import { createEmbeddingModel, vectorOf } from './embedding.ts';
import { openLedger } from './ledger.ts';

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

it('says what the server says where it makes no vectors', async () => {
  const model = await make();
  await expect(model.chat(ask('text'))).rejects.toMatchObject({
    kind: 'not-found',
    message: expect.stringContaining("embedding model 'embedder'"),
  });
});
