import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { serve } from '@hono/node-server';
import OpenAI, { APIError } from 'openai';
import { migrateRegistry } from '../../registry/migrate.ts';
import type { Retriever } from '../../contract/retrieval.ts';
import type { RegistryTables } from '../../registry/schema.ts';
import type { NewVersion } from '../../registry/versions.ts';
import { createRegistry, type Registry } from '../../registry/store.ts';
import type { AnswerLog } from '../../serving/answer-log.ts';
import { createGateway } from '../../serving/gateway.ts';
import { localUpstream, type UpstreamKind } from '../../serving/router.ts';
import { openDatabase } from '../../sql/database.ts';

/** A gateway over a registry in memory, in front of a model server that a test tells what to do. */

export const MODEL = 'womens-health';
export const AT = '2026-11-23T10:00:00Z';
export const question = [{ role: 'user' as const, content: 'How long is a cycle?' }];
const policy = { description: '', approvals: 0, evidence: [] };

type Handler = (body: Record<string, unknown>, response: ServerResponse, request: IncomingMessage) => void;
export interface ModelServer {
  url: string;
  server: Server;
  bodies: Record<string, unknown>[];
  /** What it does with the next requests. */
  handle: Handler;
}

export interface TestGateway {
  url: string;
  upstream: ModelServer;
  registry: Registry;
  client: OpenAI;
  /** What went wrong inside. */
  logged: string[];
  /** Registers version N of the model, or of weights elsewhere. */
  register(version: number, weights?: string, more?: Partial<NewVersion>): Promise<unknown>;
  /** Points an alias at a version. */
  move(version: number, expectedVersion: number | null, alias?: string): Promise<{ status: string }>;
  post(path: string, body: unknown, headers?: Record<string, string>): Promise<Response>;
  close(): Promise<void>;
}

/** Versions 1 and 2 are registered, and production points at 1. */
export async function startTestGateway(
  options: { kind?: UpstreamKind; retriever?: Retriever; answerLog?: AnswerLog; timeoutMs?: number } = {},
): Promise<TestGateway> {
  const upstream = await startModelServer();
  const database = await openDatabase<RegistryTables>(':memory:');
  await migrateRegistry(database);
  const registry = createRegistry(database, { policies: { production: policy, staging: policy } });
  const logged: string[] = [];
  const app = createGateway({
    registry,
    // The provider `acme` is the same server under another path.
    upstream: localUpstream(upstream.url, options.kind, undefined, (provider) =>
      provider === 'acme' ? { baseUrl: `${upstream.url}/hosted`, headers: { authorization: 'Bearer k' } } : undefined,
    ),
    newAnswerId: () => 'answer-1',
    now: () => AT,
    retriever: options.retriever,
    answerLog: options.answerLog,
    maxBodyBytes: 20_000,
    timeoutMs: options.timeoutMs ?? 400,
    logError: (message) => logged.push(message),
  });
  const server = await new Promise<Server>((resolve) => {
    const started = serve({ fetch: app.fetch, port: 0, hostname: '127.0.0.1' }, () => resolve(started)) as Server;
  });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

  const register: TestGateway['register'] = (version, weights = `file:///models/m${version}`, more = {}) =>
    registry.registerVersion({
      model: MODEL,
      candidate: 'tiny',
      runId: `run-${version}`,
      base: 'tiny-llama',
      ref: { uri: weights, sha256: `sha-${version}` },
      systemPrompt: 'Answer briefly.',
      sampling: { temperature: 0, maxTokens: 96 },
      at: AT,
      ...more,
    });
  const move: TestGateway['move'] = async (version, expectedVersion, alias = 'production') => {
    const promotionId = `${alias}-${version}`;
    const about = { model: MODEL, alias, expectedVersion };
    await registry.openPromotion({ ...about, id: promotionId, version, reasons: [], approvalsNeeded: 0, at: AT });
    return registry.moveAlias({
      ...about,
      toVersion: version,
      by: 'ann',
      why: 'x',
      kind: 'promote',
      promotionId,
      at: AT,
    });
  };
  for (const version of [1, 2]) await register(version);
  await move(1, null);

  return {
    url,
    upstream,
    registry,
    logged,
    register,
    move,
    client: new OpenAI({ baseURL: `${url}/v1`, apiKey: 'any', maxRetries: 0 }),
    post: (path, body, headers = {}) =>
      fetch(url + path, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
        body: typeof body === 'string' ? body : JSON.stringify(body),
      }),
    close: async () => {
      await stop(server);
      await stop(upstream.server);
      await database.destroy();
    },
  };
}

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
      started.handle(body, response, request);
    });
  });
  await new Promise<void>((resolve) => started.server.listen(0, '127.0.0.1', resolve));
  started.url = `http://127.0.0.1:${(started.server.address() as AddressInfo).port}`;
  return started;
}

export const event = (delta: Record<string, unknown>) =>
  `data: ${JSON.stringify({ id: 'c', object: 'chat.completion.chunk', created: 1, model: '/inside', choices: [{ index: 0, delta }] })}\n\n`;

export async function failure(asked: Promise<unknown>): Promise<APIError> {
  const error: unknown = await asked.then(
    () => undefined,
    (cause: unknown) => cause,
  );
  if (error instanceof APIError) return error;
  throw new Error(`expected an API error, found ${String(error)}`);
}

export function stop(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}

/** The error in a reply's body. */
export const errorOf = async (reply: Response) =>
  ((await reply.json()) as { error: Record<string, string | null> }).error;
