import type { Context } from 'hono';
import type { ContentfulStatusCode } from 'hono/utils/http-status';

/** Errors in the OpenAI protocol's shape, so that its clients raise their own exceptions with our words. */
export interface OpenAiError {
  status: ContentfulStatusCode;
  message: string;
  code: string;
  /** The request's field that is wrong. */
  param?: string;
  /** When to come again, in the words of HTTP's Retry-After. */
  retryAfter?: string;
}

export function errorBody({ status, message, code, param }: OpenAiError) {
  const type = status < 500 ? 'invalid_request_error' : 'server_error';
  return { error: { message, type, param: param ?? null, code } };
}

export function respondError(context: Context, error: OpenAiError): Response {
  if (error.retryAfter !== undefined) context.header('retry-after', error.retryAfter);
  return context.json(errorBody(error), error.status);
}
