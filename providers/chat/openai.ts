import OpenAI, { type ClientOptions } from 'openai';
import type { OpenAiModelSpec } from '../../configs/schema.ts';
import { readApiKey, type Keys } from './api-key.ts';
import { FixedHeaders, lightFetch } from './light-fetch.ts';
import { createRemoteChatModel, serverName } from './remote-chat.ts';
import type { ChatModel } from '../../contract/ports.ts';

const OPENAI_URL = 'https://api.openai.com/v1';

/**
 * The client, with the address and headers of its first call sent with all of them: putting the same ones together again takes as
 * long as the rest of a call's way through it. Calls with a query or headers of their own are left alone.
 */
class SteadyOpenAI extends OpenAI {
  readonly #steady = new Map<string, { url: string; headers: Headers }>();

  override async buildRequest(
    ...[options, more]: Parameters<OpenAI['buildRequest']>
  ): ReturnType<OpenAI['buildRequest']> {
    const { method, path, body, signal, timeout = this.timeout } = options;
    const own = options.headers ?? options.query ?? options.idempotencyKey;
    if (method !== 'post' || !isPlain(body) || options.stream || own) return super.buildRequest(options, more);
    const steady = this.#steady.get(path);
    if (!steady) {
      const built = await super.buildRequest(options, more);
      const headers = new FixedHeaders(built.req.headers) as unknown as Headers;
      this.#steady.set(path, { url: built.url, headers });
      return built;
    }
    const { url, headers } = steady;
    return { req: { method, headers, body: JSON.stringify(body), ...(signal && { signal }) }, url, timeout };
  }

  /** With the whole body: the client keeps only what stands under `error` in it. */
  protected override makeStatusError(
    ...[status, body, text, headers]: Parameters<OpenAI['makeStatusError']>
  ): ReturnType<OpenAI['makeStatusError']> {
    return Object.assign(super.makeStatusError(status, body, text, headers), { body: body ?? text });
  }
}

// The client takes its User-Agent from its class.
Object.defineProperty(SteadyOpenAI, 'name', { value: 'OpenAI' });

/** What goes out as JSON: not a form with files, nor bytes. */
const isPlain = (body: unknown): boolean =>
  typeof body === 'object' && body !== null && Object.getPrototypeOf(body) === Object.prototype;

/** Where a config's model is, and with which key. @throws ProviderError `authentication` when the key's variable is not set */
export function openAiServer(spec: OpenAiModelSpec, keys: Keys) {
  const baseURL = spec.baseUrl ?? OPENAI_URL;
  const server = serverName(baseURL);
  const variable = spec.apiKeyEnv ?? 'OPENAI_API_KEY';
  const subject = `openai model '${spec.model}' at ${server}`;
  const apiKey = readApiKey({ keys, variable, subject, url: baseURL });
  const client = (options: Pick<ClientOptions, 'fetch' | 'timeout'> = {}) =>
    new SteadyOpenAI({
      baseURL,
      // The client asks for a key even where the server wants none.
      apiKey: apiKey ?? 'none',
      // Left out, these would come from the process's environment, unseen by the config.
      organization: null,
      project: null,
      maxRetries: 0,
      ...options,
    });
  return { server, apiKey, client };
}

/**
 * A model behind the OpenAI protocol: OpenAI itself, or any server that `baseUrl` names.
 * @throws ProviderError `authentication` when the key's variable is not set
 */
export function createOpenAiModel(spec: OpenAiModelSpec, keys: Keys): ChatModel {
  const { server, apiKey, client: connect } = openAiServer(spec, keys);
  const client = connect({ fetch: lightFetch, timeout: spec.timeoutMs });
  return createRemoteChatModel({
    spec,
    server,
    secrets: apiKey ? [apiKey] : [],
    send: async (body, { signal, onResponse }) => {
      // Its body is read as it is, whatever the headers say that it is.
      const response = await client.chat.completions.create(body, { signal }).asResponse();
      onResponse(response);
      return response;
    },
  });
}
