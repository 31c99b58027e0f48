import { Agent, request as requestHttp, type IncomingMessage, type RequestOptions } from 'node:http';
import { Agent as TlsAgent, request as requestHttps } from 'node:https';
import { brotliDecompressSync, gunzipSync, inflateSync, zstdDecompressSync } from 'node:zlib';

/**
 * Connections of all models, kept open for the next call: as many as calls are in flight. Deadlines are the callers'. Proxies come from
 * the usual environment variables.
 */
const POOL = { keepAlive: true, maxFreeSockets: Infinity, proxyEnv: process.env };
const agents = { http: new Agent(POOL), https: new TlsAgent(POOL) };
/** For a request whose kept connection was closed just as it went out. */
const ONCE = { proxyEnv: process.env };
const freshAgents = { http: new Agent(ONCE), https: new TlsAgent(ONCE) };

/** Headers that are the same for many requests, taken apart once. Clients that log what they send find nothing to copy in them. */
export class FixedHeaders {
  readonly #names: ReadonlySet<string>;
  readonly #flat: readonly string[];

  constructor(fields: Iterable<[string, string]>) {
    const all = [...fields];
    this.#names = new Set(all.map(([name]) => name.toLowerCase()));
    this.#flat = all.flat();
  }

  has(name: string): boolean {
    return this.#names.has(name);
  }

  /** Name, value, name, value, ... */
  toFlat(): string[] {
    return [...this.#flat];
  }
}

/**
 * What the model clients need of `fetch`, at a third of its cost in CPU time: no streams, no redirects (a key must not travel on
 * to where a server points). Bodies are read whole before the response is given, so a body that breaks off rejects here.
 * Over `node:http`, which reuses a connection at once: undici, and so `fetch`, first waits a turn of the event loop.
 */
export const lightFetch: typeof fetch = (input, init = {}) =>
  send(new URL(input instanceof Request ? input.url : input), init, agents);

function send(url: URL, init: RequestInit, { http, https }: typeof agents): Promise<Response> {
  const { signal, body } = init;
  return new Promise<Response>((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason as Error);
    let answered = false;
    const options: RequestOptions = {
      host: url.hostname.replace(/^\[|\]$/g, ''),
      port: url.port,
      path: url.pathname + url.search,
      method: init.method ?? 'GET',
      headers: flatHeaders(init, url.host),
    };
    const request =
      url.protocol === 'https:' ? requestHttps({ ...options, agent: https }) : requestHttp({ ...options, agent: http });
    const abort = () => request.destroy(signal?.reason as Error);
    signal?.addEventListener('abort', abort, { once: true });
    const fail = (error: Error) => {
      signal?.removeEventListener('abort', abort);
      // A server closes a connection that it has kept when it likes, and the request crosses that on its way.
      const closed = request.reusedSocket && !answered && !signal?.aborted && isClosed(error);
      if (closed) resolve(send(url, init, freshAgents));
      else reject(error);
    };
    request.on('error', fail);
    request.on('response', (message) => {
      answered = true;
      const parts: Buffer[] = [];
      message.on('data', (part: Buffer) => void parts.push(part));
      message.on('error', fail);
      message.on('end', () => {
        signal?.removeEventListener('abort', abort);
        try {
          const body = unpacked(Buffer.concat(parts), message.headers['content-encoding']);
          resolve(lightResponse({ url: url.href, message, body }));
        } catch (error) {
          reject(error as Error);
        }
      });
    });
    request.end(body ?? undefined);
  });
}

const isClosed = (error: Error): boolean => 'code' in error && (error.code === 'ECONNRESET' || error.code === 'EPIPE');

/** With what `fetch` adds by itself. In a flat list, `node:http` checks and copies nothing. */
function flatHeaders({ headers = {}, body }: RequestInit, host: string): string[] {
  const fields =
    headers instanceof FixedHeaders ? headers : new FixedHeaders(new Headers(headers as Record<string, string>));
  const flat = fields.toFlat();
  flat.push('host', host);
  if (!fields.has('accept')) flat.push('accept', '*/*');
  if (!fields.has('accept-encoding')) flat.push('accept-encoding', 'identity');
  if (body !== undefined && body !== null) flat.push('content-length', String(Buffer.byteLength(body as string)));
  return flat;
}

const MAX_BYTES = 256 * 1024 * 1024;
const UNPACKERS: Readonly<Record<string, (body: Buffer, options: { maxOutputLength: number }) => Buffer>> = {
  gzip: gunzipSync,
  'x-gzip': gunzipSync,
  deflate: inflateSync,
  br: brotliDecompressSync,
  zstd: zstdDecompressSync,
};

/** Some servers compress what was asked for as it is. @throws Error that names the encoding */
function unpacked(body: Buffer, encoding = 'identity'): Buffer {
  // The last one named was put on last.
  const steps = encoding
    .toLowerCase()
    .split(',')
    .map((step) => step.trim())
    .filter((step) => step !== '' && step !== 'identity');
  return steps.reduceRight((packed, step) => {
    const unpack = UNPACKERS[step];
    const fault = `content-encoding: found ${step}, which was not asked for`;
    if (!unpack) throw new SyntaxError(`${fault}; known: ${Object.keys(UNPACKERS).join(', ')}`);
    try {
      return unpack(packed, { maxOutputLength: MAX_BYTES });
    } catch (cause) {
      throw new SyntaxError(`${fault}, and the body is not of it`, { cause });
    }
  }, body);
}

function lightResponse(options: { url: string; message: IncomingMessage; body: Buffer }): Response {
  const { url, message, body } = options;
  const { statusCode: status = 0 } = message;
  const text = () => withoutByteOrderMark(body.toString('utf8'));
  const response: Partial<Response> = {
    status,
    ok: status >= 200 && status < 300,
    statusText: '',
    url,
    headers: new LightHeaders(message.rawHeaders) as unknown as Headers,
    body: null,
    text: () => Promise.resolve(text()),
    // As `fetch` does, what can't be read rejects.
    json: async () => JSON.parse(text()) as unknown,
    blob: () => Promise.resolve(new Blob([new Uint8Array(body)])),
    arrayBuffer: () => Promise.resolve(new Uint8Array(body).buffer),
  };
  return response as Response;
}

const withoutByteOrderMark = (text: string) => (text.charCodeAt(0) === 0xfeff ? text.slice(1) : text);

/** The part of `Headers` that reads; making a true one for each answer costs more than all that is read from it. */
class LightHeaders {
  readonly #fields = new Map<string, string>();

  /** @param raw name, value, name, value, ... */
  constructor(raw: readonly string[]) {
    for (let i = 0; i < raw.length; i += 2) {
      const name = raw[i]!.toLowerCase();
      const before = this.#fields.get(name);
      this.#fields.set(name, before === undefined ? raw[i + 1]! : `${before}, ${raw[i + 1]}`);
    }
  }

  get(name: string): string | null {
    return this.#fields.get(name.toLowerCase()) ?? null;
  }

  has(name: string): boolean {
    return this.#fields.has(name.toLowerCase());
  }

  entries(): MapIterator<[string, string]> {
    return this.#fields.entries();
  }

  [Symbol.iterator](): MapIterator<[string, string]> {
    return this.#fields.entries();
  }

  forEach(visit: (value: string, name: string) => void): void {
    this.#fields.forEach(visit);
  }
}
