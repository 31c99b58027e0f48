import { randomBytes, randomUUID } from 'node:crypto';
import { Hono } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { ProviderError } from '../contract/ports.ts';
import { RetrievalError, type Retriever } from '../contract/retrieval.ts';

import { makeAnswerId, type Served } from '../registry/answers/answer-id.ts';
import { NotInRegistryError, TakenDownError, type ModelVersion } from '../registry/schema.ts';
import type { Registry } from '../registry/store.ts';
import { DEFAULT_ALIAS } from '../schema/model-name.ts';
import { loopbackOnly, RollbackBodySchema } from './admin.ts';
import { answerChat } from './answer.ts';
import type { AnswerLog } from './answer-log.ts';
import { bearerOf } from './bearer.ts';
import { ChatBodySchema } from './chat-body.ts';
import { serveEvidence, type FindEvidence } from './evidence.ts';
import { respondError } from './openai-errors.ts';
import { parseBody } from './parse-body.ts';
import { NotServedError, resolveVersion, type Upstream } from './router.ts';
import { serveSearch } from './vector-stores.ts';

export interface GatewayOptions {
  registry: Pick<Registry, 'bearer' | 'deployment' | 'getVersion' | 'listVersions' | 'models' | 'rollback'>;
  /** Where a version's answers come from. */
  upstream: (version: ModelVersion) => Promise<Upstream>;
  /** Where evidence pages are, if this gateway serves them. */
  evidence?: FindEvidence;
  /** The time, as ISO 8601. */
  now?: () => string;
  /** Of an answer, by who gives it; of what went wrong before anybody could, without. */
  newAnswerId?: (served?: Served) => string;
  /** Of a request's body. */
  maxBodyBytes?: number;
  /** For a whole answer of the model server. */
  timeoutMs?: number;
  /** Asks the indexes that versions answer from, if this gateway does. */
  retriever?: Retriever | undefined;
  /** Takes a line for each answer. */
  answerLog?: AnswerLog | undefined;
  /** Takes what went wrong inside; clients get only its answer id. */
  logError?: (message: string, error: unknown) => void;
}

/**
 * The gateway: the OpenAI protocol in front of what the registry's aliases point at.
 * Each answer names its version in `x-whetstone-model` and `x-whetstone-version`; its id, which is `x-whetstone-answer-id` too, is what
 * `whetstone why` follows back. Nothing of questions and answers is kept, unless that is asked for.
 */
export function createGateway({
  registry,
  upstream,
  evidence,
  now = () => new Date().toISOString(),
  newAnswerId = answerId,
  maxBodyBytes = 1024 * 1024,
  timeoutMs = 120_000,
  retriever,
  answerLog,
  logError = console.error,
}: GatewayOptions): Hono {
  const app = new Hono();
  const clock = () => Math.round(performance.now());
  const answering = { upstream, retriever, log: answerLog, now, clock, timeoutMs };

  app.onError((error, context) => {
    if (error instanceof NotInRegistryError) {
      return respondError(context, { status: 404, code: 'model_not_found', param: 'model', message: error.message });
    }
    if (error instanceof TakenDownError)
      return respondError(context, { status: 503, code: 'taken_down', param: 'model', message: error.message });
    if (error instanceof NotServedError)
      return respondError(context, { status: 501, code: 'model_not_served', param: 'model', message: error.message });
    if (error instanceof RetrievalError)
      return respondError(context, { status: 503, code: 'index_not_served', param: 'model', message: error.message });
    if (error instanceof ProviderError)
      return respondError(context, { status: 503, code: 'model_not_served', param: 'model', message: error.message });
    const answerId = newAnswerId();
    logError(`${context.req.method} ${context.req.path} (${answerId})`, error);
    context.header('x-whetstone-answer-id', answerId);
    const message = `the gateway failed on this request; its log tells why, under ${answerId}`;
    return respondError(context, { status: 500, code: 'internal_error', message });
  });
  app.notFound((context) =>
    respondError(context, {
      status: 404,
      code: 'unknown_route',
      message: `no route ${context.req.method} ${context.req.path}; known: POST /v1/chat/completions, POST /v1/vector_stores/NAME/search, GET /v1/models, GET /v1/models/NAME, GET /evidence/ID, GET /healthz, POST /admin/rollback`,
    }),
  );
  app.use(
    bodyLimit({
      maxSize: maxBodyBytes,
      onError: (context) =>
        respondError(context, {
          status: 413,
          code: 'request_too_large',
          message: `the request's body is over ${maxBodyBytes} bytes; send fewer or shorter messages`,
        }),
    }),
  );

  app.get('/healthz', (context) => context.json({ status: 'ok' }));

  app.get('/v1/models', async (context) => {
    const models = await Promise.all((await registry.models()).map((model) => listedNames(registry, model)));
    return context.json({ object: 'list', data: models.flat() });
  });

  app.get('/v1/models/:name', async (context) => {
    const name = context.req.param('name');
    return context.json(modelObject(name, (await resolveVersion(registry, name)).version));
  });

  app.post('/v1/chat/completions', async (context) => {
    const parsed = parseBody(ChatBodySchema, await context.req.text());
    if ('error' in parsed) return respondError(context, parsed.error);
    const bearer = await bearerOf(context, registry, now());
    if ('error' in bearer) return respondError(context, bearer.error);
    const served = await resolveVersion(registry, parsed.body.model);
    const { version } = served;
    const id = newAnswerId(served);
    context.header('x-whetstone-model', version.model);
    context.header('x-whetstone-version', String(version.version));
    context.header('x-whetstone-answer-id', id);
    return answerChat(answering, { context, body: parsed.body, id, version, key: bearer.key });
  });

  serveSearch(app, { registry, retriever, now });

  if (evidence) serveEvidence(app, evidence);

  app.post('/admin/rollback', loopbackOnly, async (context) => {
    const parsed = parseBody(RollbackBodySchema, await context.req.text());
    if ('error' in parsed) return respondError(context, parsed.error);
    const { base: allowBase, ...asked } = parsed.body;
    const result = await registry.rollback({ ...asked, allowBase, at: now() });
    if (result.status === 'moved') return context.json(result);
    return respondError(context, { status: 409, code: `rollback_${result.status}`, message: result.message });
  });

  return app;
}

const answerId = (served?: Served): string =>
  served ? makeAnswerId(served, { at: new Date(), nonce: randomBytes(6).toString('hex') }) : randomUUID();

/** Names that answer now: the model's own for production, `name@alias` for any other alias. */
async function listedNames(
  registry: GatewayOptions['registry'],
  { name, aliases }: { name: string; aliases: Record<string, number> },
) {
  const versions = await registry.listVersions(name);
  return Object.entries(aliases).flatMap(([alias, number]) => {
    const version = versions.find((other) => other.version === number);
    return version ? [modelObject(alias === DEFAULT_ALIAS ? name : `${name}@${alias}`, version)] : [];
  });
}

function modelObject(id: string, { createdAt }: ModelVersion) {
  return { id, object: 'model', created: Math.floor(Date.parse(createdAt) / 1000), owned_by: 'whetstone' };
}
