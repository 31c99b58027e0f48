import { redact } from '../../common/redact.ts';
import { retryAfterMs } from './retry-after.ts';
import { allWords, wordsOf } from './server-words.ts';
import { ProviderError, type ProviderErrorKind } from '../../contract/ports.ts';

export interface FailedCall {
  /** What an SDK or fetch threw. */
  error: unknown;
  /** What failed, for the message: the model and its server. */
  subject: string;
  secrets: readonly string[];
  /** The response, where one arrived: one SDK's errors leave its headers out. */
  response?: { status: number; headers: Pick<Headers, 'get'> };
  /** The response's body, as text or JSON. */
  body?: unknown;
  nowMs: number;
}

const MAX_DETAIL_LENGTH = 400;

const ADVICE: Record<ProviderErrorKind, string> = {
  authentication: 'the key is missing, wrong, or may not use this model: check the variable that apiKeyEnv names',
  'not-found': 'no such model or route: check model and the address',
  'bad-request': 'the request was refused and would be again',
  'rate-limited': 'rate limited: it is asked again later',
  server: 'the server failed: it is asked again later',
  network: 'the server could not be reached, or hung up: check the address and that it runs',
  malformed: 'the answer is not what the protocol says',
};

/** Classifies what either SDK throws, by status, then by cause; secrets never get into the message or the cause. */
export function mapProviderError(failed: FailedCall): ProviderError {
  const { error, subject, secrets, response, nowMs } = failed;
  if (error instanceof ProviderError) return error;
  const { body = bodyOf(error) } = failed;
  const status = response && response.status >= 300 ? response.status : statusOf(error);
  const kind = status === undefined ? kindWithoutStatus(error) : kindOfStatus(status, body);
  const headers = response?.headers ?? headersOf(error);
  const waitMs = headers && retryAfterMs(headers, nowMs);
  const moved = status !== undefined && status >= 300 && status < 400 ? headers?.get('location') : undefined;
  const detail = moved ? `it is at ${moved} now: put that address into the config` : detailOf(error, body);
  const said = redact(detail, secrets).slice(0, MAX_DETAIL_LENGTH);
  const found = [status === undefined ? '' : `HTTP ${status}`, said].filter(Boolean).join(': ');
  return new ProviderError(kind, `${redact(subject, secrets)}: ${ADVICE[kind]} (${found})`, {
    ...(waitMs !== undefined && { retryAfterMs: waitMs }),
    status,
    cause: redactedCause(error, secrets),
  });
}

/** @param body that came with it, for what a status leaves open */
export function kindOfStatus(status: number, body: unknown): ProviderErrorKind {
  if (status === 401 || status === 403) return 'authentication';
  if (status === 404) return 'not-found';
  // OpenAI answers 429 both to haste, which passes, and to an empty account, which does not.
  if (status === 429) return /insufficient_quota/.test(allWords(body)) ? 'bad-request' : 'rate-limited';
  if (status === 408) return 'network';
  if (status >= 500) return 'server';
  // A redirect is not followed: the config names the server that the key goes to.
  return status >= 300 ? 'bad-request' : 'malformed';
}

/** Node's error codes, and undici's names for a connection that ended early. */
const NETWORK =
  /ECONN|ENOTFOUND|EAI_AGAIN|EPIPE|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|UND_ERR|terminated|socket|fetch failed|Connection error|timed out|Premature close/i;

function kindWithoutStatus(error: unknown): ProviderErrorKind {
  const chain = causes(error);
  if (chain.some(({ name }) => name === 'SyntaxError' || name === 'ProviderOutputError')) return 'malformed';
  if (chain.some((cause) => NETWORK.test(`${codeOf(cause)} ${cause.message}`))) return 'network';
  // What is not understood is not worth paying for again.
  return 'bad-request';
}

/** `status` on openai's errors, `httpResponse.status` on Hugging Face's. */
export function statusOf(error: unknown): number | undefined {
  const status = field(error, 'status') ?? field(field(error, 'httpResponse'), 'status');
  return typeof status === 'number' ? status : undefined;
}

function headersOf(error: unknown): Pick<Headers, 'get'> | undefined {
  const headers = field(error, 'headers');
  return typeof field(headers, 'get') === 'function' ? (headers as Pick<Headers, 'get'>) : undefined;
}

/** What the SDKs keep of a body. */
export const bodyOf = (error: unknown): unknown =>
  field(error, 'body') ?? field(field(error, 'httpResponse'), 'body') ?? field(error, 'error');

/** The server's own words where they can be found, else the error's and its causes'. */
function detailOf(error: unknown, body: unknown): string {
  const said = wordsOf(body);
  if (said !== undefined) return said;
  const messages = causes(error).map((cause) => [codeOf(cause), cause.message].filter(Boolean).join(' '));
  return messages.length > 0 ? [...new Set(messages)].join(' <- ') : String(error);
}

function causes(error: unknown): Error[] {
  const chain: Error[] = [];
  for (let cause = error; cause instanceof Error && chain.length < 6; cause = cause.cause) chain.push(cause);
  return chain;
}

function codeOf(error: Error): string {
  const code = field(error, 'code');
  return typeof code === 'string' ? code : '';
}

function field(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined;
}

/** SDK errors carry requests and headers along; only name, message and stack are kept, without secrets. */
function redactedCause(error: unknown, secrets: readonly string[]): Error {
  const source = error instanceof Error ? error : new Error(String(error));
  const cause = new Error(redact(source.message, secrets));
  cause.name = source.name;
  cause.stack = redact(source.stack ?? '', secrets);
  return cause;
}
