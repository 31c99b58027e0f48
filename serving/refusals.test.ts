import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { errorOf, MODEL, question, startTestGateway, type TestGateway } from '../test/support/gateway.ts';

/** What a request asks for and can't have, and what a model server sends that is no answer, is said by name. */

let gateway: TestGateway;
beforeEach(async () => {
  gateway = await startTestGateway();
});
afterEach(() => gateway.close());

const chat = (fields: Record<string, unknown>, model = MODEL) =>
  gateway.post('/v1/chat/completions', { model, messages: question, ...fields });
const says = (content: unknown) => ({ messages: [{ role: 'user', content }] });

describe('a request', () => {
  it.each([
    ['content that is a number', says(5), 'messages.0.content'],
    ['no content', { messages: [{ role: 'user' }] }, 'messages.0.content'],
    ['null as content', says(null), 'messages.0.content'],
    ['content parts that are none', says(['x']), 'messages.0.content'],
    ['an unknown role', { messages: [{ role: 'robot', content: 'x' }] }, 'messages.0.role'],
    ['n of nothing', { n: 0 }, 'n'],
  ])('with %s gets a 400, and the model server is not asked (F5, F20)', async (_, fields, param) => {
    const reply = await chat(fields);
    expect(reply.status).toBe(400);
    const error = await errorOf(reply);
    expect(error).toMatchObject({ code: 'invalid_request', type: 'invalid_request_error' });
    expect(error.param).toContain(param);
    expect(gateway.upstream.bodies).toEqual([]);
  });

  const image = { type: 'image_url', image_url: { url: 'data:image/png;base64,iVBORw0KGgo=' } };
  it.each([
    ['n', { n: 2 }],
    ['response_format', { response_format: { type: 'json_object' } }],
    ['response_format', { response_format: { type: 'json_schema', json_schema: { name: 'x', schema: {} } } }],
    ['logprobs', { logprobs: true }],
    ['top_logprobs', { top_logprobs: 3 }],
    ['presence_penalty', { presence_penalty: 0.5 }],
    ['frequency_penalty', { frequency_penalty: 0.5 }],
    ['logit_bias', { logit_bias: { 50256: -100 } }],
    ['tool_choice', { tool_choice: 'required' }],
    ['tools', { tools: [{ type: 'function', function: { name: 'f' } }] }],
    ['functions', { functions: [{ name: 'f' }] }],
    ['modalities', { modalities: ['text', 'audio'] }],
    ['reasoning_effort', { reasoning_effort: 'high' }],
    ['messages.0.content.1', says([{ type: 'text', text: 'What is this?' }, image])],
    ['messages.0.role', { messages: [{ role: 'tool', tool_call_id: 'c', content: 'x' }] }],
  ])('for %s, which a text model can not do, is refused by name (F20)', async (param, fields) => {
    const reply = await chat(fields);
    expect(reply.status).toBe(400);
    const error = await errorOf(reply);
    expect(error).toMatchObject({ code: 'unsupported_parameter', param });
    expect(error.message).toContain(param);
    expect(gateway.upstream.bodies).toEqual([]);
  });

  it('for what asks for nothing passes, without the fields that the server would pass over', async () => {
    const nothing = {
      n: 1,
      logprobs: false,
      presence_penalty: 0,
      frequency_penalty: 0,
      logit_bias: {},
      response_format: { type: 'text' },
      tool_choice: 'auto',
      user: 'ann',
      stop: ['\n'],
      top_p: 0.5,
    };
    expect((await chat(nothing)).status).toBe(200);
    expect(Object.keys(gateway.upstream.bodies[0]!).sort()).toEqual(
      ['max_tokens', 'messages', 'model', 'stop', 'temperature', 'top_p'].sort(),
    );
    expect((await chat(says([{ type: 'text', text: 'What is this?' }]))).status).toBe(200);
  });

  it('goes on whole to a server of another kind, whose answer shows what it passed over', async () => {
    await gateway.close();
    gateway = await startTestGateway({ kind: 'openai' });
    for (const [param, fields] of [
      ['n', { n: 2 }],
      ['response_format', { response_format: { type: 'json_object' } }],
    ] as const) {
      const reply = await chat(fields);
      expect(gateway.upstream.bodies.at(-1)).toMatchObject(fields);
      expect(reply.status).toBe(502);
      expect(await errorOf(reply)).toMatchObject({ code: 'upstream_ignored', param });
    }
    expect((await chat({ logprobs: true })).status).toBe(200);
  });
});

describe('a prompt', () => {
  let folder: string;
  const TEMPLATE =
    "{% for message in messages %}{{ '[' + message['role'] + '] ' + message['content'] + ' ' }}{% endfor %}{% if add_generation_prompt %}{{ '[assistant]' }}{% endif %}";
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'whetstone-context-'));
    const write = (name: string, value: object) => writeFile(join(folder, name), JSON.stringify(value));
    await write('config.json', { max_position_embeddings: 32 });
    await write('tokenizer_config.json', { chat_template: TEMPLATE, eos_token: { content: '</s>' } });
    await write('tokenizer.json', {
      added_tokens: [],
      normalizer: null,
      pre_tokenizer: { type: 'Whitespace' },
      post_processor: null,
      decoder: null,
      model: { type: 'WordLevel', vocab: { '<unk>': 0, kettle: 1 }, unk_token: '<unk>' },
    });
    await gateway.register(3, pathToFileURL(folder).href);
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  /** `[system] Answer briefly . [user]` are 9 tokens, `[assistant]` 3. */
  const AROUND = 12;
  const words = (count: number) => says(Array.from({ length: count }, () => 'kettle').join(' '));
  const small = `${MODEL}@3`;

  it('beyond the context is refused, counted by the tokenizer and template of the model itself (F21)', async () => {
    expect((await chat(words(31 - AROUND), small)).status).toBe(200);
    const reply = await chat(words(32 - AROUND), small);
    expect(reply.status).toBe(400);
    expect(await errorOf(reply)).toMatchObject({
      code: 'context_length_exceeded',
      param: 'messages',
      message:
        'the model takes in 32 tokens, the messages with the system prompt hold 32 tokens; send fewer or shorter messages',
    });
    expect(gateway.upstream.bodies).toHaveLength(1);
  });

  it('leaves its answer what is left, and an answer that was asked for and does not fit is refused', async () => {
    await chat(words(10), small);
    expect(gateway.upstream.bodies[0]).toMatchObject({ max_tokens: 32 - AROUND - 10 });
    expect((await chat({ ...words(10), max_tokens: 10 }, small)).status).toBe(200);
    expect(gateway.upstream.bodies[1]).toMatchObject({ max_tokens: 10 });
    const reply = await chat({ ...words(10), max_completion_tokens: 11 }, small);
    expect(await errorOf(reply)).toMatchObject({ code: 'context_length_exceeded' });
    expect(gateway.upstream.bodies).toHaveLength(2);
  });
});

describe('a model server', () => {
  const replies = (status: number, body: string | Buffer, headers: Record<string, string> = {}) => {
    gateway.upstream.handle = (_, response) => void response.writeHead(status, headers).end(body);
  };

  it('that closes its connection after an answer is asked again over another one (F5)', async () => {
    // Takes one request of each connection, and closes it at the next.
    const used = new Set<unknown>();
    const answer = JSON.stringify({ choices: [{ message: { role: 'assistant', content: 'hi' } }] });
    gateway.upstream.handle = (_body, response, { socket }) => {
      if (used.has(socket)) return void socket.destroy();
      used.add(socket);
      response.writeHead(200).end(answer);
    };
    for (let i = 0; i < 5; i++) expect((await chat({})).status).toBe(200);
    expect(gateway.upstream.bodies.length).toBeGreaterThan(5);
  });

  it('that closes every connection is given up', async () => {
    gateway.upstream.handle = (_body, _response, { socket }) => void socket.destroy();
    const reply = await chat({});
    expect([reply.status, (await errorOf(reply)).code]).toEqual([502, 'upstream_unreachable']);
    expect(gateway.upstream.bodies).toHaveLength(3);
  });

  it.each([
    [
      'an error',
      { stream: false },
      '{"error":{"message":"CUDA out of memory"}}',
      'upstream_failed',
      'CUDA out of memory',
    ],
    ['an error for a stream', { stream: true }, '{"error":{"message":"no memory"}}', 'upstream_failed', 'no memory'],
    ['a page', { stream: false }, '<html>login</html>', 'upstream_malformed', "beginning '<html>login"],
    ['a page for a stream', { stream: true }, '<html>login</html>', 'upstream_malformed', "beginning '<html>login"],
    ['a whole answer for a stream', { stream: true }, '{"choices":[]}', 'upstream_malformed', 'where a stream'],
    ['an answer without choices', { stream: false }, '{"choices":[]}', 'upstream_malformed', 'without choices'],
    ['events that nobody asked for', { stream: false }, 'data: {"choices":[]}\n\n', 'upstream_malformed', 'data: {'],
    ['nothing', { stream: false }, '', 'upstream_malformed', 'but nothing'],
  ])('that says 200 to %s has failed (F26)', async (_, fields, body, code, message) => {
    replies(200, body, { 'content-type': body.startsWith('{') ? 'application/json' : 'text/html' });
    const reply = await chat(fields);
    expect(reply.status).toBe(502);
    const error = await errorOf(reply);
    expect(error.code).toBe(code);
    expect(error.message).toContain(message);
  });

  it('that is busy has its Retry-After passed on (F26)', async () => {
    replies(429, '{"error":{"message":"slow down"}}', { 'retry-after': '7' });
    const reply = await chat({});
    expect([reply.status, reply.headers.get('retry-after')]).toEqual([429, '7']);
  });

  it('that points elsewhere is not followed, and the error says where to (F15)', async () => {
    replies(307, '', { location: 'http://127.0.0.1:9/v1' });
    const error = await errorOf(await chat({}));
    expect(error.message).toContain('answered 307: go to http://127.0.0.1:9/v1');
  });

  it('that packs its answer is read', async () => {
    const answer = gzipSync(JSON.stringify({ choices: [{ message: { role: 'assistant', content: 'hi' } }] }));
    replies(200, answer, { 'content-type': 'application/json', 'content-encoding': 'gzip' });
    expect((await chat({})).status).toBe(200);
  });
});
