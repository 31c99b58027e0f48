import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  AT,
  errorOf,
  event,
  failure,
  MODEL,
  question,
  startTestGateway,
  stop,
  type TestGateway,
} from '../test/support/gateway.ts';

let gateway: TestGateway;
let { url, upstream, registry, client, logged } = {} as TestGateway;
beforeEach(async () => {
  gateway = await startTestGateway();
  ({ url, upstream, registry, client, logged } = gateway);
});
afterEach(() => gateway.close());

const ask = (model = MODEL) => client.chat.completions.create({ model, messages: question });
const post: TestGateway['post'] = (...args) => gateway.post(...args);
const move: TestGateway['move'] = (...args) => gateway.move(...args);

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
    expect(data.id).toBe('answer-1');
  });

  it('streams, under the registry name in every chunk, as the chunks come', async () => {
    const { data: stream, response } = await client.chat.completions
      .create({ model: MODEL, messages: question, stream: true })
      .withResponse();
    const chunks = [];
    for await (const chunk of stream) chunks.push(chunk);
    expect(chunks.map(({ choices }) => choices[0]!.delta.content ?? '').join('')).toBe('café from /models/m1');
    expect(new Set(chunks.map(({ model, id }) => `${model} ${id}`))).toEqual(new Set([`${MODEL} answer-1`]));
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

describe("a reasoning model's thoughts", () => {
  const answers = (message: Record<string, unknown>) => {
    upstream.handle = (_, response) => {
      const reply = { object: 'chat.completion', choices: [{ index: 0, message: { role: 'assistant', ...message } }] };
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(reply));
    };
  };
  const message = async () => (await ask()).choices[0]!.message;

  it('come in reasoning_content, as from vLLM, and the answer alone in content', async () => {
    answers({ content: '<think>\nA cycle ...\n</think>\n\n28 days.' });
    expect(await message()).toEqual({ role: 'assistant', content: '28 days.', reasoning_content: 'A cycle ...' });
    answers({ content: '<think>A cycle' });
    expect(await message()).toEqual({ role: 'assistant', content: null, reasoning_content: 'A cycle' });
  });

  it('stay as the model server has told them apart', async () => {
    const told = { content: '28 days.', reasoning_content: 'A cycle ...' };
    answers(told);
    expect(await message()).toEqual({ role: 'assistant', ...told });
  });

  it.each([
    ['', ['<thi', 'nk>A cy', 'cle</th', 'ink>\n', '\n28 ', 'days.'], 'A cycle', '28 days.'],
    [' of a server that names no end', ['<think>A cycle <'], 'A cycle <', ''],
    [' where there are none', ['28', ' days.'], '', '28 days.'],
    [' where what might have been one was none', ['<b'], '', '<b'],
  ])('come apart in a stream, too%s', async (_where, pieces, thoughts, text) => {
    upstream.handle = (_, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.end(pieces.map((content) => event({ content })).join(''));
    };
    const stream = await client.chat.completions.create({ model: MODEL, messages: question, stream: true });
    const found = { thoughts: '', text: '' };
    for await (const { choices, model } of stream) {
      const delta = choices[0]!.delta as { content?: string; reasoning_content?: string };
      found.thoughts += delta.reasoning_content ?? '';
      found.text += delta.content ?? '';
      expect(model).toBe(MODEL);
    }
    expect(found).toEqual({ thoughts, text });
  });

  it('are no thoughts where the answer only speaks of them', async () => {
    answers({ content: 'Write <think> and then </think>.' });
    expect((await message()).content).toBe('Write <think> and then </think>.');
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

  it('answers 503 with the reason where the alias was taken down', async () => {
    await registry.takeDown({ model: MODEL, alias: 'production', by: 'ann', why: 'wrong doses', at: AT });
    const reply = await post('/v1/chat/completions', { model: MODEL, messages: [{ role: 'user', content: 'Hi' }] });
    expect(reply.status).toBe(503);
    expect(await errorOf(reply)).toMatchObject({
      code: 'taken_down',
      message: `${MODEL}@production serves nothing: taken down by ann at ${AT}: wrong doses`,
    });
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
    const roles = [{ role: 'system', content: 'Be long.' }, ...question];
    expect(sent()).toEqual({
      model: '/models/m1',
      messages: roles,
      temperature: 0.5,
      max_completion_tokens: 7,
      seed: 3,
    });
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
      await gateway.register(3, pathToFileURL(folder).href);
      const asked = (length: number) =>
        post('/v1/chat/completions', {
          model: `${MODEL}@3`,
          messages: [{ role: 'user', content: 'a'.repeat(length) }],
        });
      // The system prompt has 15 more.
      expect((await asked(64 * 16 - 15)).status).toBe(200);
      const reply = await asked(64 * 16 - 14);
      expect(reply.status).toBe(400);
      expect(await errorOf(reply)).toMatchObject({
        code: 'context_length_exceeded',
        message:
          'the model takes in 64 tokens, the messages with the system prompt hold far more than that; send fewer or shorter messages',
      });
      expect(upstream.bodies).toHaveLength(1);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });

  it('too large a body gets a 413', async () => {
    const reply = await post('/v1/chat/completions', {
      model: MODEL,
      messages: [{ role: 'user', content: 'x'.repeat(20_000) }],
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
    [404, { detail: [{ loc: ['model'] }] }, 502, 'answered 404: {"detail":[{"loc":["model"]}]}'],
    [422, { detail: [{ loc: ['body', 'n'], msg: 'not 2' }] }, 422, 'answered 422: n: not 2'],
    [503, '<html><body><h1>Busy</h1></body></html>', 502, 'answered 503: Busy'],
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
      ref: { uri: 's3://bucket/far', sha256: 's' },
      systemPrompt: '',
      sampling: { temperature: 0, maxTokens: 9 },
      at: AT,
    });
    const error = await failure(ask('far@1'));
    expect(error.status).toBe(500);
    expect(error.message).toContain('its log tells why, under answer-1');
    expect(logged).toEqual(['POST /v1/chat/completions (answer-1)']);
  });

  const hosted = (provider: string) =>
    registry.registerVersion({
      model: 'elsewhere',
      candidate: 'ft',
      runId: provider,
      base: 'b',
      ref: { kind: 'hosted', provider, id: 'ft:small' },
      systemPrompt: 'Answer briefly.',
      sampling: { temperature: 0, maxTokens: 9 },
      at: AT,
    });

  it('of a provider that nobody declared is named', async () => {
    await hosted('openai');
    const error = await failure(ask('elsewhere@1'));
    expect(error.status).toBe(501);
    expect(error.message).toContain("elsewhere version 1 is 'ft:small', hosted by openai, which this gateway does not");
    expect(logged).toEqual([]);
  });

  it('of a declared provider is asked there, with its key, its system prompt and its sampling', async () => {
    await hosted('acme');
    let sent: [string | undefined, string | undefined] = [undefined, undefined];
    const { handle } = upstream;
    upstream.handle = (body, response, request) => {
      sent = [request.url, request.headers.authorization];
      handle(body, response, request);
    };
    const { model, choices } = await ask('elsewhere@1');
    expect([model, choices[0]?.message.content]).toEqual(['elsewhere@1', 'from ft:small']);
    expect(sent).toEqual(['/hosted/chat/completions', 'Bearer k']);
    expect(upstream.bodies.at(-1)).toMatchObject({
      model: 'ft:small',
      temperature: 0,
      max_tokens: 9,
      messages: [{ role: 'system', content: 'Answer briefly.' }, { role: 'user' }],
    });
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
    expect((await registry.deployment(MODEL, 'production')).stable.version).toBe(2);
  });
});
