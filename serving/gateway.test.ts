import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { serve } from '@hono/node-server';
import type { Kysely } from 'kysely';
import OpenAI, { APIError } from 'openai';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { migrateRegistry } from '../registry/migrate.ts';
import type { RegistryTables } from '../registry/schema.ts';
import { createRegistry, type Registry } from '../registry/store.ts';
import { openDatabase } from '../sql/database.ts';
import { createGateway } from './gateway.ts';
import { localUpstream } from './router.ts';

const MODEL = 'womens-health';
const AT = '2026-11-23T10:00:00Z';
const policy = { description: '', approvals: 0, evidence: [] };
const question = [{ role: 'user' as const, content: 'How long is a cycle?' }];

type Handler = (body: Record<string, unknown>, response: ServerResponse) => void;
interface ModelServer {
  url: string;
  server: Server;
  bodies: Record<string, unknown>[];
  /** What it does with the next requests. */
  handle: Handler;
}

let upstream: ModelServer;
let database: Kysely<RegistryTables>;
let registry: Registry;
let gateway: Server;
let url: string;
let client: OpenAI;
let logged: string[];

beforeEach(async () => {
  upstream = await startModelServer();
  database = await openDatabase<RegistryTables>(':memory:');
  await migrateRegistry(database);
  registry = createRegistry(database, { policies: { production: policy, staging: policy } });
  for (const version of [1, 2]) await register(version);
  await move(1, null);
  logged = [];
  const app = createGateway({
    registry,
    upstream: localUpstream(upstream.url),
    newAnswerId: () => 'answer-1',
    now: () => AT,
    maxBodyBytes: 10_000,
    timeoutMs: 400,
    logError: (message) => logged.push(message),
  });
  gateway = await new Promise<Server>((resolve) => {
    const server = serve({ fetch: app.fetch, port: 0, hostname: '127.0.0.1' }, () => resolve(server)) as Server;
  });
  url = `http://127.0.0.1:${(gateway.address() as AddressInfo).port}`;
  client = new OpenAI({ baseURL: `${url}/v1`, apiKey: 'any', maxRetries: 0 });
});
afterEach(async () => {
  await stop(gateway);
  await stop(upstream.server);
  await database.destroy();
});

const register = (version: number) =>
  registry.registerVersion({
    model: MODEL,
    candidate: 'tiny',
    runId: `run-${version}`,
    base: 'tiny-llama',
    weights: { uri: `file:///models/m${version}`, sha256: `sha-${version}` },
    systemPrompt: 'Answer briefly.',
    sampling: { temperature: 0, maxTokens: 96 },
    at: AT,
  });

async function move(version: number, expectedVersion: number | null, alias = 'production'): Promise<void> {
  const id = `${alias}-${version}`;
  const about = { model: MODEL, alias, expectedVersion };
  await registry.openPromotion({ ...about, id, version, reasons: [], approvalsNeeded: 0, at: AT });
  const request = {
    ...about,
    toVersion: version,
    by: 'ann',
    why: 'x',
    kind: 'promote' as const,
    promotionId: id,
    at: AT,
  };
  expect(await registry.moveAlias(request)).toMatchObject({ status: 'moved' });
}

const ask = (model = MODEL) => client.chat.completions.create({ model, messages: question });
const post = (path: string, body: unknown, headers: Record<string, string> = {}) =>
  fetch(url + path, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
const errorOf = async (reply: Response) => ((await reply.json()) as { error: Record<string, string | null> }).error;

describe('the gateway, asked by the official OpenAI client', () => {
  it('answers under the registry name, and names version and answer in headers', async () => {
    const { data, response } = await client.chat.completions
      .create({ model: MODEL, messages: question })
      .withResponse();
    expect(data.choices[0]!.message.content).toBe('from /models/m1');
    expect(data.model).toBe(MODEL);
    expect(response.headers.get('x-whetstone-model')).toBe(MODEL);
    expect(response.headers.get('x-whetstone-version')).toBe('1');
    expect(response.headers.get('x-whetstone-answer-id')).toBe('answer-1');
  });

  it('streams, under the registry name in every chunk, as the chunks come', async () => {
    const { data: stream, response } = await client.chat.completions
      .create({ model: MODEL, messages: question, stream: true })
      .withResponse();
    const chunks = [];
    for await (const chunk of stream) chunks.push(chunk);
    expect(chunks.map(({ choices }) => choices[0]!.delta.content ?? '').join('')).toBe('café from /models/m1');
    expect(new Set(chunks.map(({ model }) => model))).toEqual(new Set([MODEL]));
    expect(response.headers.get('content-type')).toContain('text/event-stream');
    expect(response.headers.get('x-whetstone-version')).toBe('1');
  });

  it('passes a first chunk on before the last one exists', async () => {
    let finish = () => {};
    upstream.handle = (_, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write(event({ content: 'first' }));
      finish = () => response.end('data: [DONE]\n\n');
    };
    const stream = await client.chat.completions.create({ model: MODEL, messages: question, stream: true });
    const chunks = stream[Symbol.asyncIterator]();
    expect((await chunks.next()).value?.choices[0]?.delta.content).toBe('first');
    finish();
    expect((await chunks.next()).done).toBe(true);
  });

  it('lists what the aliases serve, and finds one model', async () => {
    await move(2, null, 'staging');
    const ids = [];
    for await (const { id, object } of client.models.list()) ids.push(`${object} ${id}`);
    expect(ids).toEqual([`model ${MODEL}`, `model ${MODEL}@staging`]);
    expect(await client.models.retrieve(MODEL)).toMatchObject({ id: MODEL, created: Date.parse(AT) / 1000 });
  });

  it('raises its not-found error for an unknown model, with the known ones', async () => {
    const error = await failure(ask('womens-helth'));
    expect(error).toMatchObject({ status: 404, code: 'model_not_found', param: 'model' });
    expect(error.message).toContain('unknown model "womens-helth"; known: womens-health');
  });
});

describe('routing', () => {
  it('takes an alias move at the very next request, without a restart', async () => {
    expect((await ask()).choices[0]!.message.content).toBe('from /models/m1');
    await move(2, 1);
    expect((await ask()).choices[0]!.message.content).toBe('from /models/m2');
    await registry.rollback({ model: MODEL, alias: 'production', by: 'ann', why: 'x', at: AT });
    expect((await ask()).choices[0]!.message.content).toBe('from /models/m1');
  });

  it.each([
    [`${MODEL}@staging`, '/models/m2'],
    [`${MODEL}@2`, '/models/m2'],
    [`${MODEL}@v1`, '/models/m1'],
  ])('sends %s to %s', async (name, folder) => {
    await move(2, null, 'staging');
    const reply = await ask(name);
    expect(reply.choices[0]!.message.content).toBe(`from ${folder}`);
    expect(reply.model).toBe(name);
  });

  it.each([
    [`${MODEL}@canary`, 'has no alias "canary"; known: production'],
    [`${MODEL}@9`, 'has no version 9; known: 1, 2'],
  ])('refuses %s and names what is known', async (name, message) => {
    expect((await failure(ask(name))).message).toContain(message);
  });
});

describe('the version', () => {
  const sent = () => upstream.bodies.at(-1)!;

  it('gives its system prompt and sampling where the client gave none', async () => {
    await ask();
    expect(sent()).toEqual({
      model: '/models/m1',
      messages: [{ role: 'system', content: 'Answer briefly.' }, ...question],
      temperature: 0,
      max_tokens: 96,
    });
  });

  it('leaves what the client set, and passes fields it does not know', async () => {
    const messages = [{ role: 'developer' as const, content: 'Be long.' }, ...question];
    await client.chat.completions.create({
      model: MODEL,
      messages,
      temperature: 0.5,
      max_completion_tokens: 7,
      seed: 3,
    });
    expect(sent()).toEqual({ model: '/models/m1', messages, temperature: 0.5, max_completion_tokens: 7, seed: 3 });
  });

  it('takes null for unset, as the protocol does', async () => {
    await client.chat.completions.create({ model: MODEL, messages: question, temperature: null, max_tokens: null });
    expect(sent()).toMatchObject({ temperature: 0, max_tokens: 96 });
  });
});

describe('bad requests', () => {
  it.each([
    ['not json', 'invalid_json', /not JSON .* expected a JSON object/],
    [{ messages: question }, 'invalid_request', /^model: /],
    [{ model: MODEL, messages: [] }, 'invalid_request', /^messages: /],
    [{ model: MODEL, messages: [{ content: 'x' }] }, 'invalid_request', /^messages\.0\.role: /],
  ])('%j gets a 400 that names the field', async (body, code, message) => {
    const reply = await post('/v1/chat/completions', body);
    expect(reply.status).toBe(400);
    const error = await errorOf(reply);
    expect(error).toMatchObject({ code, type: 'invalid_request_error' });
    expect(error.message).toMatch(message);
    expect(upstream.bodies).toEqual([]);
  });

  it.each([
    ['max_tokens', -5],
    ['max_completion_tokens', 0],
    ['max_tokens', 1.5],
    ['temperature', 3],
  ])('a %s of %d gets a 400 that names it, and the model server is not asked', async (field, value) => {
    const reply = await post('/v1/chat/completions', { model: MODEL, messages: question, [field]: value });
    expect(reply.status).toBe(400);
    expect(await errorOf(reply)).toMatchObject({ param: field, type: 'invalid_request_error' });
    expect(upstream.bodies).toEqual([]);
  });

  it('more text than the model can ever take in gets a 400, and the model server is not asked', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'whetstone-weights-'));
    try {
      await writeFile(join(folder, 'config.json'), JSON.stringify({ max_position_embeddings: 64 }));
      await registry.registerVersion({
        model: MODEL,
        candidate: 'small',
        runId: 'run-3',
        base: 'tiny-llama',
        weights: { uri: pathToFileURL(folder).href, sha256: 'sha-3' },
        systemPrompt: '',
        sampling: { temperature: 0, maxTokens: 96 },
        at: AT,
      });
      const asked = (length: number) =>
        post('/v1/chat/completions', {
          model: `${MODEL}@3`,
          messages: [{ role: 'user', content: 'a'.repeat(length) }],
        });
      expect((await asked(64 * 16)).status).toBe(200);
      const reply = await asked(64 * 16 + 1);
      expect(reply.status).toBe(400);
      expect(await errorOf(reply)).toMatchObject({
        code: 'context_length_exceeded',
        message: 'the messages hold 1025 characters, and the model takes in 64 tokens; send fewer or shorter messages',
      });
      expect(upstream.bodies).toHaveLength(1);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });

  it('too large a body gets a 413', async () => {
    const reply = await post('/v1/chat/completions', {
      model: MODEL,
      messages: [{ role: 'user', content: 'x'.repeat(10_000) }],
    });
    expect(reply.status).toBe(413);
    expect((await errorOf(reply)).code).toBe('request_too_large');
  });

  it('an unknown route gets a 404 that names the known ones', async () => {
    const reply = await fetch(`${url}/v1/completions`);
    expect(reply.status).toBe(404);
    expect((await errorOf(reply)).message).toContain('no route GET /v1/completions; known: POST /v1/chat/completions');
  });
});

describe('a model server that fails', () => {
  it('and is down gives a 502 that says what to do', async () => {
    await stop(upstream.server);
    const error = await failure(ask());
    expect(error.status).toBe(502);
    expect(error.message).toMatch(
      /does not answer \(ECONNREFUSED\); npm start runs one, or set WHETSTONE_MODEL_SERVER/,
    );
  });

  it.each([
    [422, { detail: 'bad field for /models/m1' }, 422, `answered 422: bad field for ${MODEL}`],
    [429, { error: { message: 'slow down' } }, 429, 'answered 429: slow down'],
    [404, { detail: [{ loc: ['model'] }] }, 502, 'answered 404: [{"loc":["model"]}]'],
    [500, 'Internal Server Error', 502, 'answered 500: Internal Server Error'],
  ])('with %i %j gives a %i', async (status, body, expected, message) => {
    upstream.handle = (_, response) => {
      response.writeHead(status).end(typeof body === 'string' ? body : JSON.stringify(body));
    };
    const error = await failure(ask());
    expect(error.status).toBe(expected);
    expect(error.message).toContain(message);
  });

  it('and takes too long gives a 504, whole or in the middle of a stream', async () => {
    upstream.handle = () => {};
    const error = await ask().catch((reason: unknown) => reason);
    expect(error).toMatchObject({ status: 504, code: 'upstream_timeout' });
    upstream.handle = (_body, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write(event({ content: 'a' }));
    };
    const stream = await client.chat.completions.create({ model: MODEL, messages: question, stream: true });
    const read = async () => {
      for await (const _chunk of stream);
    };
    await expect(read()).rejects.toThrow(/no whole answer within 0.4 s/);
  });

  it('that just ends a stream gives its clients the last word of the protocol', async () => {
    upstream.handle = (_body, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.end(event({ content: 'a' }));
    };
    const text = async () =>
      (await post('/v1/chat/completions', { model: MODEL, messages: question, stream: true })).text();
    expect(await text()).toMatch(/"content":"a"[^]*\n\ndata: \[DONE\]\n\n$/);
    upstream.handle = (_body, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.end(`${event({ content: 'a' })}data: [DONE]\n\n`);
    };
    expect((await text()).match(/DONE/g)).toHaveLength(1);
  });

  it('with half an answer gives a 502', async () => {
    upstream.handle = (_, response) => response.writeHead(200).end('{"choices": [');
    expect(await failure(ask())).toMatchObject({ status: 502, code: 'upstream_malformed' });
  });

  it('in the middle of a stream makes the client fail, not end early', async () => {
    upstream.handle = (_, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write(event({ content: 'half' }), () => response.destroy());
    };
    const stream = await client.chat.completions.create({ model: MODEL, messages: question, stream: true });
    const read = (async () => {
      for await (const chunk of stream) expect(chunk.choices[0]!.delta.content).toBe('half');
    })();
    await expect(read).rejects.toThrow(/model server at .* does not answer/);
  });

  it('to be found gives a 500 without its inside, which is logged under the answer id', async () => {
    await registry.registerVersion({
      model: 'far',
      candidate: 'tiny',
      runId: 'r',
      base: 'b',
      weights: { uri: 's3://bucket/far', sha256: 's' },
      systemPrompt: '',
      sampling: { temperature: 0, maxTokens: 9 },
      at: AT,
    });
    const error = await failure(ask('far@1'));
    expect(error.status).toBe(500);
    expect(error.message).toContain('its log tells why, under answer-1');
    expect(logged).toEqual(['POST /v1/chat/completions (answer-1)']);
  });

  it('is not kept busy by a client that has left', async () => {
    const left = new Promise<void>((resolve) => {
      upstream.handle = (_, response) => response.on('close', () => resolve());
    });
    const controller = new AbortController();
    const asked = client.chat.completions.create({ model: MODEL, messages: question }, { signal: controller.signal });
    setTimeout(() => controller.abort(), 100);
    await expect(asked).rejects.toThrow(/abort/i);
    await left;
  });
});

describe('the admin route', () => {
  const body = { model: MODEL, by: 'ann', why: 'wrong doses' };

  it('rolls production back by default, and the next answer comes from the version before', async () => {
    await move(2, 1);
    const reply = await post('/admin/rollback', body);
    expect(reply.status).toBe(200);
    expect(await reply.json()).toMatchObject({
      status: 'moved',
      move: { fromVersion: 2, toVersion: 1, by: 'ann', at: AT },
    });
    expect((await ask()).choices[0]!.message.content).toBe('from /models/m1');
  });

  it('says when there is nothing to go back to, or no such model', async () => {
    const none = await post('/admin/rollback', body);
    expect(none.status).toBe(409);
    expect(await errorOf(none)).toMatchObject({ code: 'rollback_unavailable' });
    const unknown = await post('/admin/rollback', { ...body, model: 'other' });
    expect(unknown.status).toBe(404);
  });

  it('asks who and why', async () => {
    const reply = await post('/admin/rollback', { model: MODEL, by: ' ', why: 'x' });
    expect(reply.status).toBe(400);
    expect((await errorOf(reply)).message).toMatch(/^by: /);
  });

  it.each([
    ['came through a proxy', { 'x-forwarded-for': '203.0.113.9' }],
    ['is a form of a web page', { 'content-type': 'text/plain' }],
  ])('refuses what %s', async (_, headers) => {
    await move(2, 1);
    const reply = await post('/admin/rollback', body, headers);
    expect(reply.status).toBe(403);
    expect((await registry.resolveAlias(MODEL, 'production')).version).toBe(2);
  });
});

/** A model server that answers with the folder it was asked for, and streams in pieces that cut a character in two. */
async function startModelServer(): Promise<ModelServer> {
  const started = {} as ModelServer;
  started.bodies = [];
  started.handle = (body, response) => {
    const text = `from ${String(body.model)}`;
    if (!body.stream) {
      const message = { role: 'assistant', content: text };
      const reply = {
        id: 'c',
        object: 'chat.completion',
        created: 1,
        model: body.model,
        choices: [{ index: 0, message }],
      };
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(reply));
      return;
    }
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    const bytes = Buffer.from(`${event({ content: 'café ' })}${event({ content: text })}data: [DONE]\n\n`);
    const inside = bytes.indexOf('é') + 1;
    response.write(bytes.subarray(0, inside), () => setTimeout(() => response.end(bytes.subarray(inside)), 20));
  };
  started.server = createServer((request: IncomingMessage, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const body = JSON.parse(Buffer.concat(chunks).toString()) as Record<string, unknown>;
      started.bodies.push(body);
      started.handle(body, response);
    });
  });
  await new Promise<void>((resolve) => started.server.listen(0, '127.0.0.1', resolve));
  started.url = `http://127.0.0.1:${(started.server.address() as AddressInfo).port}`;
  return started;
}

const event = (delta: Record<string, unknown>) =>
  `data: ${JSON.stringify({ id: 'c', object: 'chat.completion.chunk', created: 1, model: '/inside', choices: [{ index: 0, delta }] })}\n\n`;

async function failure(asked: Promise<unknown>): Promise<APIError> {
  const error: unknown = await asked.then(
    () => undefined,
    (cause: unknown) => cause,
  );
  if (error instanceof APIError) return error;
  throw new Error(`expected an API error, found ${String(error)}`);
}

function stop(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
