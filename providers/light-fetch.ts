import { EnvHttpProxyAgent, request } from 'undici';

/** One pool of connections for all models. Deadlines are the callers'; proxies come from the usual environment variables. */
const dispatcher = new EnvHttpProxyAgent({ headersTimeout: 0, bodyTimeout: 0 });

/**
 * What the model clients need of `fetch`, at half of its cost in CPU time: no web streams, no redirects (a key must not travel
 * on to where a server points). Bodies are read whole.
 */
export const lightFetch: typeof fetch = async (input, init = {}) => {
  const url = input instanceof Request ? input.url : input;
  const { statusCode, headers, body } = await request(url, {
    dispatcher,
    method: (init.method ?? 'GET') as 'GET',
    headers: { ...plainHeaders(init.headers), 'accept-encoding': 'identity' },
    body: init.body as string | null,
    signal: init.signal ?? null,
  });
  const response: Partial<Response> = {
    status: statusCode,
    ok: statusCode >= 200 && statusCode < 300,
    statusText: '',
    url: String(url),
    headers: new LightHeaders(headers) as unknown as Headers,
    body: null,
    text: () => body.text(),
    json: () => body.json(),
    blob: () => body.blob(),
    arrayBuffer: () => body.arrayBuffer(),
  };
  return response as Response;
};

function plainHeaders(headers: RequestInit['headers']): Record<string, string> {
  const plain: Record<string, string> = {};
  const all = headers instanceof Headers ? headers : new Headers(headers);
  all.forEach((value, name) => (plain[name] = value));
  return plain;
}

/** The part of `Headers` that reads; making a true one for each answer costs more than all that is read from it. */
class LightHeaders {
  readonly #fields: Record<string, string | string[] | undefined>;

  /** @param fields by names in lower case, as undici gives them */
  constructor(fields: Record<string, string | string[] | undefined>) {
    this.#fields = fields;
  }

  get(name: string): string | null {
    const value = this.#fields[name.toLowerCase()];
    return value === undefined ? null : Array.isArray(value) ? value.join(', ') : value;
  }

  has(name: string): boolean {
    return this.#fields[name.toLowerCase()] !== undefined;
  }

  *entries(): Generator<[string, string]> {
    for (const name of Object.keys(this.#fields)) {
      const value = this.get(name);
      if (value !== null) yield [name, value];
    }
  }

  [Symbol.iterator](): Generator<[string, string]> {
    return this.entries();
  }

  forEach(visit: (value: string, name: string) => void): void {
    for (const [name, value] of this.entries()) visit(value, name);
  }
}
