import type { Context } from 'hono';
import { opensThoughts } from '../replies/thoughts.ts';
import type { ModelVersion } from '../registry/schema.ts';
import { cannotDo, fitContext, toUpstreamBody, type ChatBody } from './chat-body.ts';
import { promptReader } from './context-length.ts';
import { errorBody, respondError } from './openai-errors.ts';
import { reasoningStream } from './reasoning.ts';
import type { Upstream } from './router.ts';
import { rewriteEvents } from './sse.ts';
import { malformed, noStream, postUpstream, readAnswer, reason, refusal, tooSlow, unreachable } from './upstream.ts';

/**
 * Sends a request to the version's model server and gives its answer on, whole or as it streams, under the registry's
 * name. What the server can't do is refused by name, and an upstream failure becomes an OpenAI-shaped error that says what to do.
 */
export async function proxyChat({
  context,
  body,
  id,
  version,
  upstream,
  timeoutMs,
}: {
  context: Context;
  body: ChatBody;
  /** Of the answer. */
  id: string;
  version: ModelVersion;
  upstream: Upstream;
  /** For the whole answer. */
  timeoutMs: number;
}): Promise<Response> {
  const reader = await promptReader(upstream.model);
  const refused = cannotDo(body, upstream, reader);
  if (refused) return respondError(context, refused);
  const fitted = fitContext(toUpstreamBody(body, version, upstream), { body, reader });
  if ('error' in fitted) return respondError(context, fitted.error);

  const patience = AbortSignal.timeout(timeoutMs);
  const gone = context.req.raw.signal;
  const sent = await postUpstream({ upstream, body: fitted.body, gone, patience, timeoutMs });
  if ('error' in sent) return respondError(context, sent.error);
  const { reply } = sent;
  if (!reply.ok) return respondError(context, await refusal(reply, body.model, upstream));

  const asked = body.model;
  const rename = (value: unknown) =>
    typeof value === 'object' && value !== null && 'model' in value
      ? { ...value, ...('id' in value && { id }), model: asked }
      : value;
  if (body.stream) {
    const streams = reply.headers.get('content-type')?.startsWith('text/event-stream');
    if (!streams || !reply.body) return respondError(context, await noStream(reply, { upstream, asked }));
    const reasoning = reasoningStream();
    const events = rewriteEvents(reply.body, {
      rewrite: (chunk) => rename(reasoning.rewrite(chunk)),
      rest: () => rename(reasoning.rest()),
      onBreak: (cause) => errorBody(patience.aborted ? tooSlow(timeoutMs) : unreachable(upstream, cause)),
    });
    return context.body(events, 200, { 'content-type': 'text/event-stream', 'cache-control': 'no-cache' });
  }
  try {
    const opened = opensThoughts(reader?.template ?? '');
    const read = await readAnswer(reply, { upstream, body, asked, opened });
    if ('error' in read) return respondError(context, read.error);
    return context.json(rename(read.answer) as Record<string, unknown>);
  } catch (error) {
    if (patience.aborted) return respondError(context, tooSlow(timeoutMs));
    return respondError(context, malformed(upstream, `no whole answer (${reason(error)})`));
  }
}
