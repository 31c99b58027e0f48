import type { Context } from 'hono';
import { z } from 'zod';
import type { ModelVersion } from '../registry/schema.ts';
import { tooLong } from './context-length.ts';
import { errorBody, respondError, type OpenAiError } from './openai-errors.ts';
import type { Upstream } from './router.ts';
import { rewriteEvents } from './sse.ts';

/** What the gateway must understand of a request; all other fields pass to the model server as they are. */
export const ChatBodySchema = z.looseObject({
  model: z.string().min(1),
  messages: z.array(z.looseObject({ role: z.string() })).min(1),
  stream: z.boolean().nullish(),
  temperature: z.number().min(0).max(2).nullish(),
  max_tokens: z.number().int().positive().nullish(),
  max_completion_tokens: z.number().int().positive().nullish(),
});
export type ChatBody = z.infer<typeof ChatBodySchema>;

/**
 * The request as the model server gets it: its own name for the weights, the version's system prompt where the client
 * sent none, and the version's sampling where the client set none.
 */
export function toUpstreamBody(body: ChatBody, version: ModelVersion, upstream: Upstream): Record<string, unknown> {
  const hasSystem = body.messages.some(({ role }) => role === 'system' || role === 'developer');
  const system = version.systemPrompt && !hasSystem ? [{ role: 'system', content: version.systemPrompt }] : [];
  const set = Object.fromEntries(Object.entries(body).filter(([, value]) => value !== null));
  return {
    temperature: version.sampling.temperature,
    ...(!('max_completion_tokens' in set) && { max_tokens: version.sampling.maxTokens }),
    ...set,
    model: upstream.model,
    messages: [...system, ...body.messages],
  };
}

/**
 * Sends a request to the version's model server and gives its answer on, whole or as it streams, under the registry's
 * name. An upstream failure becomes an OpenAI-shaped error that says what to do.
 */
export async function proxyChat({
  context,
  body,
  version,
  upstream,
  timeoutMs,
}: {
  context: Context;
  body: ChatBody;
  version: ModelVersion;
  upstream: Upstream;
  /** For the whole answer. */
  timeoutMs: number;
}): Promise<Response> {
  const refused = await tooLong(body, upstream.model);
  if (refused) return respondError(context, refused);
  const url = `${upstream.baseUrl}/chat/completions`;
  const patience = AbortSignal.timeout(timeoutMs);
  let reply: Response;
  try {
    reply = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(toUpstreamBody(body, version, upstream)),
      signal: AbortSignal.any([context.req.raw.signal, patience]),
    });
  } catch (error) {
    return respondError(context, patience.aborted ? tooSlow(timeoutMs) : unreachable(upstream, error));
  }
  if (!reply.ok) return respondError(context, await upstreamError(reply, body.model, upstream));

  const rename = (value: unknown) =>
    typeof value === 'object' && value !== null && 'model' in value ? { ...value, model: body.model } : value;
  if (body.stream && reply.body) {
    const events = rewriteEvents(reply.body, {
      rewrite: rename,
      onBreak: (cause) => errorBody(patience.aborted ? tooSlow(timeoutMs) : unreachable(upstream, cause)),
    });
    return context.body(events, 200, { 'content-type': 'text/event-stream', 'cache-control': 'no-cache' });
  }
  try {
    return context.json(rename(await reply.json()) as Record<string, unknown>);
  } catch (error) {
    if (patience.aborted) return respondError(context, tooSlow(timeoutMs));
    return respondError(context, {
      status: 502,
      code: 'upstream_malformed',
      message: `the model server at ${upstream.baseUrl} sent no whole JSON answer (${reason(error)}); try again, and see its log`,
    });
  }
}

const tooSlow = (timeoutMs: number): OpenAiError => ({
  status: 504,
  code: 'upstream_timeout',
  message: `the model server gave no whole answer within ${timeoutMs / 1000} s; ask for fewer tokens, or raise WHETSTONE_GATEWAY_TIMEOUT_MS`,
});

function unreachable({ baseUrl }: Upstream, error: unknown): OpenAiError {
  return {
    status: 502,
    code: 'upstream_unreachable',
    message:
      `the model server at ${baseUrl} does not answer (${reason(error)}); ` +
      'npm start runs one, or set WHETSTONE_MODEL_SERVER to the address of yours',
  };
}

/** Statuses that say something about the client's request pass; any other is the model server's own failure. */
const PASSED = [400, 413, 422, 429] as const;

async function upstreamError(reply: Response, asked: string, upstream: Upstream): Promise<OpenAiError> {
  const detail = errorText(await reply.text().catch(reason)).replaceAll(upstream.model, asked);
  const passed = PASSED.find((status) => status === reply.status);
  return {
    status: passed ?? 502,
    code: passed ? 'upstream_refused' : 'upstream_failed',
    message: `the model server at ${upstream.baseUrl} answered ${reply.status}: ${detail.slice(0, 500) || 'nothing'}`,
  };
}

const UpstreamErrorSchema = z.union([
  z.object({ error: z.object({ message: z.string() }) }).transform(({ error }) => error.message),
  z.object({ error: z.string() }).transform(({ error }) => error),
  z
    .object({ detail: z.unknown() })
    .transform(({ detail }) => (typeof detail === 'string' ? detail : JSON.stringify(detail))),
]);

/** The words in an error's body, in the shapes that OpenAI-like and FastAPI servers send. */
function errorText(text: string): string {
  try {
    return UpstreamErrorSchema.parse(JSON.parse(text)) ?? text;
  } catch {
    return text;
  }
}

/** Node's fetch says "fetch failed" and keeps the reason in the cause. */
function reason(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const cause = error.cause as (Error & { code?: string }) | undefined;
  return cause?.code ?? cause?.message ?? error.message;
}
