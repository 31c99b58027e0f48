import type { Context } from 'hono';
import { z } from 'zod';
import { countTokens } from '../language/text.ts';
import { opensThoughts } from '../replies/thoughts.ts';
import type { ModelVersion } from '../registry/schema.ts';
import { cannotDo, fitContext, toUpstreamBody, type ChatBody } from './chat-body.ts';
import { promptReader } from './context-length.ts';
import { errorBody, respondError, type OpenAiError } from './openai-errors.ts';
import { reasoningStream } from './reasoning.ts';
import { completionTokens } from './rewriter.ts';
import type { Upstream } from './router.ts';
import { rewriteEvents } from './sse.ts';
import { malformed, noStream, postUpstream, readAnswer, reason, refusal, tooSlow, unreachable } from './upstream.ts';

/** How an answer ended. */
export interface Ended {
  /** What went wrong. */
  code?: string;
  /** That the model wrote: as its server counts them, else words and marks. */
  tokens?: number | undefined;
  text?: string;
}

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
  patience = AbortSignal.timeout(timeoutMs),
  beside = {},
  onEnd = () => {},
}: {
  context: Context;
  body: ChatBody;
  /** Of the answer. */
  id: string;
  version: ModelVersion;
  upstream: Upstream;
  /** For the whole answer. */
  timeoutMs: number;
  /** Where the answer began before. */
  patience?: AbortSignal;
  /** What the answer says beside what the server says: of a stream in its first chunk. */
  beside?: Record<string, unknown>;
  /** Called once, when all of it has been sent, or nothing more will be. */
  onEnd?: (end: Ended) => void;
}): Promise<Response> {
  const fail = (error: OpenAiError) => {
    onEnd({ code: error.code });
    return respondError(context, error);
  };
  const reader = await promptReader(upstream.model);
  const refused = cannotDo(body, upstream, reader);
  if (refused) return fail(refused);
  const fitted = fitContext(toUpstreamBody(body, version, upstream), { body, reader });
  if ('error' in fitted) return fail(fitted.error);

  const gone = context.req.raw.signal;
  const sent = await postUpstream({ upstream, body: fitted.body, gone, patience, timeoutMs });
  if ('error' in sent) return fail(sent.error);
  const { reply } = sent;
  if (!reply.ok) return fail(await refusal(reply, body.model, upstream));

  const asked = body.model;
  const rename = (value: unknown) =>
    typeof value === 'object' && value !== null && 'model' in value
      ? { ...value, ...('id' in value && { id }), model: asked }
      : value;
  if (body.stream) {
    const streams = reply.headers.get('content-type')?.startsWith('text/event-stream');
    if (!streams || !reply.body) return fail(await noStream(reply, { upstream, asked }));
    const reasoning = reasoningStream();
    const written = tally();
    let first = true;
    let code: string | undefined = 'client_left';
    const events = rewriteEvents(reply.body, {
      rewrite: (chunk) => {
        written.add(chunk);
        const named = rename(reasoning.rewrite(chunk));
        if (!first || typeof named !== 'object') return named;
        first = false;
        return { ...named, ...beside };
      },
      rest: () => {
        code = undefined;
        return rename(reasoning.rest());
      },
      onBreak: (cause) => {
        const error = patience.aborted ? tooSlow(timeoutMs) : unreachable(upstream, cause);
        ({ code } = error);
        return errorBody(error);
      },
      onEnd: () => onEnd({ ...written.told(), ...(code !== undefined && { code }) }),
    });
    return context.body(events, 200, { 'content-type': 'text/event-stream', 'cache-control': 'no-cache' });
  }
  try {
    const opened = opensThoughts(reader?.template ?? '');
    const read = await readAnswer(reply, { upstream, body, asked, opened });
    if ('error' in read) return fail(read.error);
    const written = tally();
    written.add(read.answer);
    onEnd(written.told());
    return context.json({ ...(rename(read.answer) as Record<string, unknown>), ...beside });
  } catch (error) {
    if (patience.aborted) return fail(tooSlow(timeoutMs));
    return fail(malformed(upstream, `no whole answer (${reason(error)})`));
  }
}

const PieceSchema = z.looseObject({
  choices: z.array(
    z.looseObject({
      index: z.number().default(0),
      delta: z.looseObject({ content: z.string().nullish() }).optional(),
      message: z.looseObject({ content: z.string().nullish() }).optional(),
    }),
  ),
  usage: z.unknown().optional(),
});

/** Takes what a server sends, whole or in chunks, and tells what of it was written: of several answers, of all. */
function tally() {
  const texts = new Map<number, string>();
  let counted: number | undefined;
  return {
    add: (value: unknown) => {
      const piece = PieceSchema.safeParse(value).data;
      for (const { index, delta, message } of piece?.choices ?? [])
        texts.set(index, (texts.get(index) ?? '') + (delta?.content ?? message?.content ?? ''));
      counted = completionTokens(piece?.usage) ?? counted;
    },
    told: (): Ended => {
      const text = [...texts.values()].join('\n');
      return { tokens: counted ?? countTokens(text), text };
    },
  };
}
