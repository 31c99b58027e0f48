import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { createFakeBatches, type BatchLine, type BatchOptions } from './openai-batches.ts';

/** A fake model server that speaks the chat-completions protocol, with the ways in which a real one fails. */

export interface FakeRequest {
  path: string;
  authorization: string | undefined;
  body: FakeCompletionRequest;
}

export interface FakeCompletionRequest {
  model: string;
  messages: { role: string; content: string }[];
  temperature?: number;
  max_tokens?: number;
  max_completion_tokens?: number;
  seed?: number;
  response_format?: { type: string; json_schema?: { name: string; strict?: boolean; schema: unknown } };
}

/** What the server does with one request instead of answering it. */
export type FakeFailure =
  | { kind: 'status'; status: number; message?: string; code?: string; headers?: Record<string, string> }
  /** An error page, as proxies send them. */
  | { kind: 'html'; status: number }
  /** A complete body that stops in the middle of its JSON. */
  | { kind: 'truncated' }
  /** JSON that is no chat completion. */
  | { kind: 'other-json' }
  /** The connection ends before any answer. */
  | { kind: 'reset' }
  /** The connection ends in the middle of the body. */
  | { kind: 'dropped' }
  /** Headers at once, then a byte of the body every `everyMs`. */
  | { kind: 'drip'; everyMs: number }
  /** Never answers. */
  | { kind: 'silent' };

export interface FakeOptions {
  /** Asked of each request, when set. */
  apiKey?: string;
  /** Models that exist; any, when not set. */
  models?: string[];
  /** The answer's text. By default the last message, turned around. */
  answer?: (request: FakeCompletionRequest) => string | Promise<string>;
  latencyMs?: number;
  /** Added to the latency: between 0 and this, the same series each time. */
  jitterMs?: number;
  /** Response formats that are taken; others get a 400. All, when not set. */
  formats?: string[];
  /** Shares of all requests that fail in these ways, spread evenly. */
  shares?: { errors?: number; malformed?: number; drops?: number };
  /** Requests taken in each whole second; more get a 429 that says when the next second begins. */
  perSecond?: number;
  /** Tells the limit in x-ratelimit-* headers. */
  tellsLimit?: boolean;
  /** The vector of a text, for /v1/embeddings. */
  embed?: (text: string) => number[];
  /** How batches go. */
  batch?: BatchOptions;
  /** Keeps no request, for long runs. */
  forget?: boolean;
}

export interface FakeServer {
  /** `http://127.0.0.1:<port>/v1` */
  url: string;
  /** All requests, in the order in which they came. */
  requests: FakeRequest[];
  /** How many were answered in full. */
  answered: () => number;
  /** How many came, by the status that they got; 0 for connections that were dropped. */
  statuses: Map<number, number>;
  /** Tokens of what was answered, whether or not somebody was there to hear it: what a provider would ask to be paid. */
  used: () => { input: number; output: number };
  /** Answers that were no JSON of the schema asked for. */
  malformed: () => number;
  /** Seconds between the first request and the last. */
  seconds: () => number;
  /** The texts that vectors were asked for. */
  embedded: string[];
  /** The requests of each batch. */
  batches: BatchLine[][];
  /** Most requests under way at once. */
  mostInFlight: () => number;
  /** The next requests fail in these ways, one each. */
  failNext: (...failures: FakeFailure[]) => void;
  close: () => Promise<void>;
}

export async function startFakeOpenAi(options: FakeOptions = {}): Promise<FakeServer> {
  const requests: FakeRequest[] = [];
  const failures: FakeFailure[] = [];
  const embedded: string[] = [];
  const statuses = new Map<number, number>();
  const shares = faultSeries(options.shares ?? {});
  const window = { second: 0, taken: 0 };
  let received = 0;
  let answered = 0;
  let malformed = 0;
  const used = { input: 0, output: 0 };
  let inFlight = 0;
  let most = 0;
  let firstMs = 0;
  let lastMs = 0;

  /** Counts the request in its second. The headers of a refusal, where it is one too many. */
  function overLimit(perSecond: number): Record<string, string> | undefined {
    const nowMs = Date.now();
    const second = Math.floor(nowMs / 1000);
    if (window.second !== second) Object.assign(window, { second, taken: 0 });
    if (window.taken < perSecond) {
      window.taken++;
      return undefined;
    }
    return { 'retry-after-ms': String((second + 1) * 1000 - nowMs) };
  }

  function limitHeaders(): Record<string, string> {
    if (!options.perSecond || !options.tellsLimit) return {};
    return {
      'x-ratelimit-limit-requests': String(options.perSecond),
      'x-ratelimit-remaining-requests': String(options.perSecond - window.taken),
      'x-ratelimit-reset-requests': `${Math.ceil((window.taken / options.perSecond) * 1000)}ms`,
    };
  }

  const batched = createFakeBatches(
    async (body) => completion(body, await (options.answer ?? turnAround)(body)),
    options.batch,
  );

  async function handle(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    if (await batched.handle(incoming, response)) return;
    if (incoming.url === '/v1/embeddings') return answerEmbedding(incoming, response);
    const body = JSON.parse(await readText(incoming)) as FakeCompletionRequest;
    const { authorization } = incoming.headers;
    const number = ++received;
    lastMs = performance.now();
    if (number === 1) firstMs = lastMs;
    if (!options.forget) requests.push({ path: incoming.url ?? '', authorization, body });
    const refusal = options.perSecond === undefined ? undefined : overLimit(options.perSecond);
    if (refusal) return sendJson(response, 429, errorBody('Rate limit reached'), refusal);
    const failure = failures.shift();
    const fault = shares(number);
    const latencyMs = (options.latencyMs ?? 0) + (options.jitterMs ?? 0) * series(number);
    if (latencyMs > 0) await sleep(latencyMs);
    if (failure) return fail(failure, response);
    if (fault === 'error') return sendJson(response, 500, errorBody('The server had an error'));
    if (fault === 'drop') return fail({ kind: 'dropped' }, response);
    const refused = refuse({ path: incoming.url ?? '', authorization, body }, options);
    if (refused) return sendJson(response, refused.status, errorBody(refused.message, refused.code));
    const content = await (options.answer ?? turnAround)(body);
    if (fault === 'malformed') malformed++;
    const sent = fault === 'malformed' ? content.slice(0, content.length / 2) : content;
    const answer = completion(body, sent);
    sendJson(response, 200, answer, limitHeaders());
    answered++;
    used.input += answer.usage.prompt_tokens;
    used.output += answer.usage.completion_tokens;
  }

  async function answerEmbedding(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const { model, input } = JSON.parse(await readText(incoming)) as { model: string; input: string | string[] };
    const texts = [input].flat();
    embedded.push(...texts);
    const { embed } = options;
    if (!embed) return sendJson(response, 404, errorBody(`The model '${model}' makes no embeddings`));
    const taken = texts.reduce((sum, text) => sum + tokens(text), 0);
    const usage = { prompt_tokens: taken, total_tokens: taken };
    const data = texts.map((text, index) => ({ object: 'embedding', index, embedding: embed(text) }));
    sendJson(response, 200, { object: 'list', model, data, usage });
  }

  const server = createServer((incoming, response) => {
    most = Math.max(most, ++inFlight);
    response.once('close', () => {
      inFlight--;
      const status = response.writableFinished ? response.statusCode : 0;
      statuses.set(status, (statuses.get(status) ?? 0) + 1);
    });
    handle(incoming, response).catch((error: unknown) => {
      if (!response.headersSent) sendJson(response, 500, errorBody(String(error)));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/v1`,
    requests,
    answered: () => answered,
    statuses,
    used: () => ({ ...used }),
    malformed: () => malformed,
    seconds: () => (lastMs - firstMs) / 1000,
    batches: batched.batches,
    embedded,
    mostInFlight: () => most,
    failNext: (...next) => void failures.push(...next),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** Which requests fail, by their number: shares of a series that is spread evenly. */
function faultSeries({ errors = 0, malformed = 0, drops = 0 }: NonNullable<FakeOptions['shares']>) {
  return (number: number): 'error' | 'malformed' | 'drop' | undefined => {
    const place = series(number);
    if (place < errors) return 'error';
    if (place < errors + malformed) return 'malformed';
    return place < errors + malformed + drops ? 'drop' : undefined;
  };
}

function refuse(
  request: FakeRequest,
  options: FakeOptions,
): { status: number; message: string; code?: string } | undefined {
  const { path, authorization, body } = request;
  if (path !== '/v1/chat/completions') return { status: 404, message: `no route ${path}` };
  if (options.apiKey !== undefined && authorization !== `Bearer ${options.apiKey}`) {
    // As OpenAI does, it repeats the key it was given.
    const given = authorization?.replace('Bearer ', '') ?? '';
    return { status: 401, message: `Incorrect API key provided: ${given}.`, code: 'invalid_api_key' };
  }
  if (options.models && !options.models.includes(body.model)) {
    return { status: 404, message: `The model '${body.model}' does not exist`, code: 'model_not_found' };
  }
  const format = body.response_format?.type;
  if (format && options.formats && !options.formats.includes(format)) {
    return { status: 400, message: `response_format '${format}' is not supported` };
  }
  return undefined;
}

function fail(failure: FakeFailure, response: ServerResponse): void {
  const whole = JSON.stringify(completion({ model: 'm', messages: [{ role: 'user', content: 'x' }] }, 'x'));
  const half = whole.slice(0, whole.length / 2);
  switch (failure.kind) {
    case 'status': {
      const { status, message = `failed with ${status}`, code, headers } = failure;
      return sendJson(response, status, errorBody(message, code), headers);
    }
    case 'html':
      response.writeHead(failure.status, { 'content-type': 'text/html' }).end('<html><body>Bad gateway</body></html>');
      return;
    case 'truncated':
      response.writeHead(200, { 'content-type': 'application/json' }).end(half);
      return;
    case 'other-json':
      return sendJson(response, 200, { status: 'ok' });
    case 'reset':
      response.destroy();
      return;
    case 'dropped':
      response.writeHead(200, { 'content-type': 'application/json', 'content-length': whole.length });
      response.write(half, () => response.destroy());
      return;
    case 'drip': {
      response.writeHead(200, { 'content-type': 'application/json' });
      let sent = 0;
      const timer = setInterval(() => {
        if (sent < whole.length) response.write(whole[sent++]);
        else response.end();
      }, failure.everyMs);
      response.on('close', () => clearInterval(timer));
      return;
    }
    case 'silent':
      return;
    default:
      failure satisfies never;
  }
}

function completion(body: FakeCompletionRequest, content: string) {
  const prompt_tokens = body.messages.reduce((sum, message) => sum + tokens(message.content), 0);
  const completion_tokens = tokens(content);
  return {
    id: 'chatcmpl-1',
    object: 'chat.completion',
    created: 1,
    model: body.model,
    choices: [
      { index: 0, message: { role: 'assistant', content, refusal: null }, finish_reason: 'stop', logprobs: null },
    ],
    usage: { prompt_tokens, completion_tokens, total_tokens: prompt_tokens + completion_tokens },
  };
}

function turnAround({ messages }: FakeCompletionRequest): string {
  return Array.from(messages.at(-1)?.content ?? '')
    .reverse()
    .join('');
}

function tokens(text: string): number {
  return text.split(/\s+/).filter(Boolean).length;
}

/** A number from 0 to 1 for each request, spread evenly (multiples of the golden ratio). */
function series(number: number): number {
  return (number * 0.618033988749895) % 1;
}

function errorBody(message: string, code?: string) {
  return { error: { message, type: 'error', param: null, code: code ?? null } };
}

function sendJson(response: ServerResponse, status: number, body: unknown, headers: Record<string, string> = {}): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));
}

async function readText(incoming: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of incoming.setEncoding('utf8')) text += chunk as string;
  return text;
}
