import { z } from 'zod';
import { shortened } from '../common/shortened.ts';
import { parsedBody } from '../providers/chat/completion-reply.ts';
import { errorIn, wordsOf } from '../providers/chat/server-words.ts';
import type { ChatBody } from './chat-body.ts';
import type { OpenAiError } from './openai-errors.ts';
import { withReasoning } from './reasoning.ts';
import type { Upstream } from './router.ts';

/** Questions to a model server, and what its failures are called. */

/** A request, and on whose behalf and how long it is waited for. */
export interface UpstreamCall {
  upstream: Upstream;
  /** The request's body as the model server gets it. */
  body: Record<string, unknown>;
  /** Aborts when the client has left. */
  gone: AbortSignal;
  /** Aborts when the answer has taken too long. */
  patience: AbortSignal;
  timeoutMs: number;
}

/** A connection that the server had closed says so only when it is used again: another one is tried. */
const TRIES = 3;
const CLOSED = new Set(['UND_ERR_SOCKET', 'ECONNRESET', 'EPIPE']);

/** @returns the model server's response, or the error to give on when there is none */
export async function postUpstream(call: UpstreamCall): Promise<{ reply: Response } | { error: OpenAiError }> {
  const { upstream, body, gone, patience, timeoutMs } = call;
  for (let tries = 1; ; tries++) {
    try {
      const reply = await fetch(`${upstream.baseUrl}/chat/completions`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...upstream.headers },
        body: JSON.stringify(body),
        // To another address than the one that was set, nobody's questions go.
        redirect: 'manual',
        signal: AbortSignal.any([gone, patience]),
      });
      return { reply };
    } catch (error) {
      if (patience.aborted) return { error: tooSlow(timeoutMs) };
      if (gone.aborted || tries === TRIES || !CLOSED.has(reason(error))) return { error: unreachable(upstream, error) };
    }
  }
}

export const tooSlow = (timeoutMs: number): OpenAiError => ({
  status: 504,
  code: 'upstream_timeout',
  message: `the model server gave no whole answer within ${timeoutMs / 1000} s; ask for fewer tokens, or raise WHETSTONE_GATEWAY_TIMEOUT_MS`,
});

export function unreachable({ baseUrl }: Upstream, error: unknown): OpenAiError {
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

/** What a response that is no success says, in the client's own name for the model. */
export async function refusal(reply: Response, asked: string, upstream: Upstream): Promise<OpenAiError> {
  const passed = PASSED.find((status) => status === reply.status);
  const location = reply.headers.get('location');
  const detail = location
    ? `go to ${location}`
    : saidIn(await reply.text().catch(reason)).replaceAll(upstream.model, asked);
  return {
    status: passed ?? 502,
    code: passed ? 'upstream_refused' : 'upstream_failed',
    message: `the model server at ${upstream.baseUrl} answered ${reply.status}: ${shortened(detail, SAID_SHOWN) || 'nothing'}`,
    ...(reply.headers.has('retry-after') && { retryAfter: reply.headers.get('retry-after')! }),
  };
}

const AnswerSchema = z.looseObject({ choices: z.array(z.looseObject({ message: z.looseObject({}) })).min(1) });
type Answer = z.infer<typeof AnswerSchema>;

/**
 * A whole answer, read and checked, its thoughts told apart: a server may say 200 to what it could not do.
 * @param of.opened whether the prompt may have opened the thoughts
 */
export async function readAnswer(
  reply: Response,
  { upstream, body, asked, opened }: { upstream: Upstream; body: ChatBody; asked: string; opened: boolean },
): Promise<{ answer: Answer } | { error: OpenAiError }> {
  const text = await reply.text();
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    return { error: malformed(upstream, `no whole JSON answer (${reason(cause)})${beginning(text)}`) };
  }
  const failed = errorIn(json);
  if (failed !== undefined) return { error: failedInside(upstream, saidIn(failed).replaceAll(upstream.model, asked)) };
  const parsed = AnswerSchema.safeParse(json);
  if (!parsed.success) return { error: malformed(upstream, `an answer without choices${beginning(text)}`) };
  const choices = parsed.data.choices.map((choice) => ({ ...choice, message: withReasoning(choice.message, opened) }));
  const answer = { ...parsed.data, choices };
  const ignored = whatWasIgnored(body, answer);
  return ignored ? { error: ignored } : { answer };
}

/** Asked for a stream, a server may send a page or a whole answer. */
export async function noStream(
  reply: Response,
  { upstream, asked }: { upstream: Upstream; asked: string },
): Promise<OpenAiError> {
  const text = await reply.text().catch(reason);
  const failed = errorIn(parsedBody(text));
  if (failed !== undefined) return failedInside(upstream, saidIn(failed).replaceAll(upstream.model, asked));
  return malformed(
    upstream,
    `${reply.headers.get('content-type') ?? 'an answer of no type'} where a stream of events was asked for${beginning(text)}`,
  );
}

/** Characters of a server's own words that an error passes on. */
const SAID_SHOWN = 500;

/** What a body says of what went wrong; as it is, where it has no words for that. */
const saidIn = (body: unknown): string => wordsOf(body) ?? (typeof body === 'string' ? body : JSON.stringify(body));

const beginning = (text: string): string =>
  text.trim() ? `, beginning '${text.trim().slice(0, 80)}'` : ', but nothing';

const failedInside = ({ baseUrl }: Upstream, detail: string): OpenAiError => ({
  status: 502,
  code: 'upstream_failed',
  message: `the model server at ${baseUrl} failed: ${shortened(detail, SAID_SHOWN)}`,
});

export const malformed = ({ baseUrl }: Upstream, what: string): OpenAiError => ({
  status: 502,
  code: 'upstream_malformed',
  message: `the model server at ${baseUrl} sent ${what}; try again, and see its log`,
});

/** What an answer shows to have been passed over: another kind of server may take what it can't do for granted. */
function whatWasIgnored({ n, response_format: format }: ChatBody, { choices }: Answer): OpenAiError | undefined {
  const ignored = (param: string, found: string): OpenAiError => ({
    status: 502,
    code: 'upstream_ignored',
    param,
    message: `${param}: the model server ignored it (${found}); leave it out, or use a server that can`,
  });
  if (n && choices.length !== n) return ignored('n', `${choices.length} answers where ${n} were asked for`);
  const wantsJson = z.object({ type: z.enum(['json_object', 'json_schema']) }).safeParse(format).success;
  const plain =
    wantsJson && choices.find((choice) => choice.finish_reason !== 'length' && !isJson(choice.message.content));
  return plain ? ignored('response_format', 'the answer is no JSON') : undefined;
}

function isJson(text: unknown): boolean {
  try {
    JSON.parse(String(text));
    return true;
  } catch {
    return false;
  }
}

/** Node's fetch says "fetch failed" and keeps the reason in the cause. */
export function reason(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const cause = error.cause as (Error & { code?: string }) | undefined;
  return cause?.code ?? cause?.message ?? error.message;
}
