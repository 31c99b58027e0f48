import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { brotliCompressSync, gzipSync, zstdCompressSync } from 'node:zlib';
import fc from '../../test/support/property.ts';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ADAPTERS } from '../../test/support/chat-contract.ts';
import { wordsOf } from './server-words.ts';
import { ProviderError, type ChatRequest } from '../../contract/ports.ts';

/** What servers that are not quite OpenAI's answer, and what becomes of it. */

interface Answer {
  status?: number;
  headers?: Record<string, string>;
  body: string | Buffer;
}
type Sent = Record<string, unknown>;

let server: Server;
let url: string;
let sent: Sent[];
let answer: (body: Sent) => Answer;
beforeEach(async () => {
  sent = [];
  server = createServer((request, response) => {
    void bodyOf(request).then((body) => {
      sent.push(body);
      const { status = 200, headers = { 'content-type': 'application/json' }, body: text } = answer(body);
      response.writeHead(status, headers).end(text);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`;
});
afterEach(() => {
  server.closeAllConnections();
  server.close();
});

async function bodyOf(request: IncomingMessage): Promise<Sent> {
  let text = '';
  for await (const part of request) text += String(part);
  return JSON.parse(text) as Sent;
}

const completion = {
  choices: [{ index: 0, message: { role: 'assistant', content: 'yes' }, finish_reason: 'stop' }],
  usage: { prompt_tokens: 3, completion_tokens: 2 },
};
const json = JSON.stringify(completion);
const hello: ChatRequest = { messages: [{ role: 'user', content: 'Is it?' }], seed: 1 };
const structured: ChatRequest = { ...hello, responseSchema: { name: 'word', schema: { type: 'object' } } };
const failureOf = async (call: Promise<unknown>): Promise<ProviderError> => {
  const error = await call.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(ProviderError);
  return error as ProviderError;
};

describe.each(Object.entries(ADAPTERS))('the %s adapter', (_name, create) => {
  const model = () => create({ url, keys: { env: {}, servers: {} } });

  it.each<[string, Answer]>([
    ['text/plain', { headers: { 'content-type': 'text/plain; charset=utf-8' }, body: json }],
    ['no type', { headers: {}, body: json }],
    ['bytes', { headers: { 'content-type': 'application/octet-stream' }, body: json }],
    ['a byte order mark', { body: `\ufeff${json}` }],
    ['gzip', { headers: { 'content-encoding': 'gzip' }, body: gzipSync(json) }],
    ['brotli', { headers: { 'content-encoding': 'br' }, body: brotliCompressSync(json) }],
    ['zstd', { headers: { 'content-encoding': 'zstd' }, body: zstdCompressSync(json) }],
  ])('reads JSON that comes as %s (F16)', async (_, given) => {
    answer = () => given;
    expect(await model().chat(hello)).toMatchObject({ text: 'yes', inputTokens: 3, outputTokens: 2 });
  });

  it.each<[string, Answer, string, ProviderError['kind']]>([
    [
      'object and message',
      { status: 400, body: '{"object":"error","message":"max_tokens must be at least 1, got 0."}' },
      'max_tokens must be at least 1, got 0.',
      'bad-request',
    ],
    [
      'message alone',
      { status: 400, body: '{"message":"Schema has unsupported keyword minItems","request_id":"r1"}' },
      'unsupported keyword minItems',
      'bad-request',
    ],
    [
      'a list of details',
      { status: 422, body: '{"detail":[{"loc":["body","n"],"msg":"extra fields not permitted"}]}' },
      'n: extra fields not permitted',
      'bad-request',
    ],
    ['a detail', { status: 404, body: '{"detail":"Not Found here"}' }, 'Not Found here', 'not-found'],
    [
      'an error that is a text',
      { status: 422, body: '{"error":"Input validation error","error_type":"validation"}' },
      'Input validation error',
      'bad-request',
    ],
    [
      'a list of errors',
      { status: 400, body: '{"errors":[{"message":"no such thing"}]}' },
      'no such thing',
      'bad-request',
    ],
    [
      'what is behind a router',
      { status: 502, body: '{"error":{"message":"Provider returned error","metadata":{"raw":"CUDA out of memory"}}}' },
      'Provider returned error; CUDA out of memory',
      'server',
    ],
    [
      'plain text',
      { status: 500, headers: { 'content-type': 'text/plain' }, body: 'Worker died' },
      'Worker died',
      'server',
    ],
    [
      'a page',
      {
        status: 502,
        headers: { 'content-type': 'text/html' },
        body: '<html><head><title>x</title></head><body><h1>502 Bad Gateway</h1></body></html>',
      },
      '502 Bad Gateway',
      'server',
    ],
    [
      'a redirect',
      { status: 307, headers: { location: 'http://127.0.0.1:9/v1/chat/completions' }, body: '' },
      'http://127.0.0.1:9/v1/chat/completions',
      'bad-request',
    ],
    [
      '200 with an error',
      { body: '{"error":{"message":"upstream overloaded","code":502}}' },
      'the answer is an error (HTTP 502, in a body): upstream overloaded',
      'server',
    ],
    ['200 with haste', { body: '{"error":{"message":"20 per minute","code":429}}' }, '20 per minute', 'rate-limited'],
    ['200 with a message', { body: '{"object":"error","message":"no such model"}' }, 'no such model', 'malformed'],
    [
      'a choice with an error',
      { body: '{"choices":[{"error":{"code":502,"message":"gone"},"message":{"content":""}}]}' },
      'the answer is an error (HTTP 502, in a body): gone',
      'server',
    ],
    [
      'a choice that ended by an error',
      { body: '{"choices":[{"finish_reason":"error","message":{"content":""}}]}' },
      'it gives no reason',
      'malformed',
    ],
    [
      'a page with 200',
      {
        headers: { 'content-type': 'text/html' },
        body: '<!doctype html><html><body>Sign in to continue</body></html>',
      },
      'a page of HTML, not of a model server: check the address: "Sign in to continue"',
      'malformed',
    ],
    [
      'an event stream',
      { headers: { 'content-type': 'text/event-stream' }, body: 'data: {"id":"c1"}\n\ndata: [DONE]\n\n' },
      'an event stream, which was not asked for: "data: {',
      'malformed',
    ],
    ['nothing', { body: '' }, 'the answer is empty', 'malformed'],
    ['half of it', { body: json.slice(0, 40) }, 'breaks off', 'malformed'],
    ['no choices', { body: '{"choices":[]}' }, 'choices: Too small', 'malformed'],
    [
      'another encoding',
      { headers: { 'content-encoding': 'compress' }, body: json },
      'content-encoding: found compress',
      'malformed',
    ],
    [
      'another encoding than it says',
      { headers: { 'content-encoding': 'gzip' }, body: json },
      'content-encoding: found gzip',
      'malformed',
    ],
  ])('says what the server says: %s (F15)', async (_, given, words, kind) => {
    answer = () => given;
    const error = await failureOf(model().chat(hello));
    expect(error.message).toContain(words);
    expect(error.kind).toBe(kind);
    expect(sent).toHaveLength(1);
  });

  it.each<[string, string, (body: Sent) => boolean, (body: Sent) => boolean]>([
    [
      'max_tokens',
      "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.",
      (body) => 'max_tokens' in body,
      (body) => body['max_completion_tokens'] === 1024,
    ],
    [
      'temperature',
      "Unsupported value: 'temperature' does not support 0.7 with this model. Only the default (1) value is supported.",
      (body) => 'temperature' in body,
      (body) => !('temperature' in body) && body['max_tokens'] === 1024,
    ],
    ['seed', 'seed: extra fields not permitted', (body) => 'seed' in body, (body) => !('seed' in body)],
    ['response_format', 'response_format is not supported', (body) => 'response_format' in body, () => true],
  ])(
    'sends otherwise what the server refuses, remembers it and says so: %s (F26)',
    async (field, message, refuses, fits) => {
      answer = (body) =>
        refuses(body) ? { status: 400, body: JSON.stringify({ error: { message } }) } : { body: json };
      const asked = model();
      const first = await asked.chat(structured);
      expect(first.text).toBe('yes');
      expect(first.notes?.join()).toContain(field);
      expect(sent.at(-1)).toSatisfy(fits);
      const before = sent.length;
      const again = await asked.chat(structured);
      expect(again.notes).toBeUndefined();
      expect(sent.length).toBe(before + 1);
    },
  );

  it('asks a server once more only that refuses both names of the limit', async () => {
    answer = () => ({
      status: 400,
      body: '{"error":{"message":"max_tokens and max_completion_tokens are not supported"}}',
    });
    await failureOf(model().chat(hello));
    expect(sent).toHaveLength(2);
  });

  it('asks no other way where a filter held the prompt back', async () => {
    answer = () => ({ status: 400, body: '{"error":{"message":"filtered","code":"content_filter"}}' });
    expect((await failureOf(model().chat(structured))).message).toContain('filtered');
    expect(sent).toHaveLength(1);
  });
});

it('finds words in any body, and never throws', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.json(), fc.jsonValue()), (body) => {
      expect(['string', 'undefined']).toContain(typeof wordsOf(body));
    }),
  );
});
