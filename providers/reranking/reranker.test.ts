import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { RemoteModelSchema } from '../../configs/schema.ts';
import { createReranker } from './reranker.ts';

let server: Server;
afterEach(() => void server.close());

interface Got {
  path: string;
  body: Record<string, unknown>;
  authorization: string | undefined;
}

/** A server that answers as told; the last request is kept. */
async function serve(answer: (body: Got['body']) => { status?: number; body: string }) {
  const got: Got[] = [];
  server = createServer((request, response) => {
    let text = '';
    request.on('data', (part: Buffer) => (text += String(part)));
    request.on('end', () => {
      const body = JSON.parse(text) as Got['body'];
      got.push({ path: request.url ?? '', body, authorization: request.headers.authorization });
      const { status = 200, body: said } = answer(body);
      response.writeHead(status, { 'content-type': 'application/json' }).end(said);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { url, got };
}

const make = (spec: object) =>
  createReranker(RemoteModelSchema.parse({ model: 'orders', ...spec }), {
    env: { OPENAI_API_KEY: 'key-1', HF_TOKEN: 'key-2' },
    servers: {},
  });
const TEXTS = ['a', 'b', 'c'];

describe('a reranker', () => {
  it('is asked over /rerank, as Jina, Cohere and vLLM have it', async () => {
    const results = [2, 0, 1].map((index) => ({ index, relevance_score: index / 10, document: { text: 'x' } }));
    const { url, got } = await serve(() => ({ body: JSON.stringify({ id: 'r', results, usage: {} }) }));
    const scores = await make({ provider: 'openai', baseUrl: `${url}/v1/` }).rerank('q?', TEXTS);
    expect(scores).toEqual([0, 0.1, 0.2]);
    expect(got[0]).toMatchObject({
      path: '/v1/rerank',
      authorization: 'Bearer key-1',
      body: { model: 'orders', query: 'q?', documents: TEXTS, top_n: 3 },
    });
  });

  it('is asked as text-embeddings-inference has it, which Hugging Face endpoints run', async () => {
    const { url, got } = await serve((body) => ({
      body: JSON.stringify((body.texts as string[]).map((_, index) => ({ index, score: 3 - index }))),
    }));
    const scores = await make({ provider: 'huggingface', endpointUrl: url }).rerank('q?', TEXTS);
    expect(scores).toEqual([3, 2, 1]);
    expect(got[0]).toMatchObject({ path: '/rerank', authorization: 'Bearer key-2' });
  });

  it.each([
    ['half the passages', '{"results":[{"index":0,"relevance_score":1}]}', '1 of 3 passages have a score'],
    ['a place twice', '{"results":[{"index":0,"relevance_score":1},{"index":0,"relevance_score":1}]}', '1 of 3'],
    ['a place that is none', '{"results":[{"index":-1,"relevance_score":1}]}', 'no list of results'],
    ['a score that is no number', '[{"index":0,"score":"high"}]', 'no list of results'],
    ['a page', '<html>Sign in</html>', "'<html>Sign in</html>'"],
    ['an error in a good answer', '{"error":"no such model"}', 'no list of results'],
  ])('that gives %s is refused', async (_what, body, found) => {
    const { url } = await serve(() => ({ body }));
    const asked = make({ provider: 'openai', baseUrl: url }).rerank('q?', TEXTS);
    await expect(asked).rejects.toMatchObject({
      kind: 'malformed',
      message: expect.stringContaining(found) as string,
    });
  });

  it.each([
    [401, 'authentication'],
    [404, 'not-found'],
    [422, 'bad-request'],
    [429, 'rate-limited'],
    [503, 'server'],
  ])('that answers %i is told by kind, without its key', async (status, kind) => {
    const { url } = await serve(() => ({ status, body: 'no: key-1' }));
    const asked = make({ provider: 'openai', baseUrl: url }).rerank('q?', TEXTS);
    await expect(asked).rejects.toMatchObject({ kind, message: expect.stringContaining('no: ***') as string });
  });

  it('that does not answer is given up in time, and one that is gone is told', async () => {
    const hangs = createServer(() => {});
    server = hangs;
    await new Promise<void>((resolve) => hangs.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(hangs.address() as AddressInfo).port}`;
    const slow = make({ provider: 'openai', baseUrl: url, timeoutMs: 50 }).rerank('q?', TEXTS);
    await expect(slow).rejects.toMatchObject({ kind: 'network' });
    hangs.closeAllConnections();
    const gone = make({ provider: 'openai', baseUrl: 'http://127.0.0.1:1' }).rerank('q?', TEXTS);
    await expect(gone).rejects.toMatchObject({ kind: 'network' });
    expect(await make({ provider: 'openai', baseUrl: url }).rerank('q?', [])).toEqual([]);
  });

  it('keeps its key from a server that may not have it', () => {
    expect(() => make({ provider: 'openai', baseUrl: 'https://elsewhere.example/v1' })).toThrow(
      'may not be sent to https://elsewhere.example',
    );
  });
});
