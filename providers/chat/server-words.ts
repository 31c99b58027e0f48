import { oneLine, shortened } from '../../common/shortened.ts';
import { isRecord } from '../../replies/reply-json.ts';

/** What a server says in a body that is not what was asked for. Pure. */

const MOST = 400;

/** The message in an error's JSON, whichever server wrote it; for a page, its words. Undefined where nothing is said. */
export function wordsOf(body: unknown): string | undefined {
  const parsed = typeof body === 'string' ? parsedOrText(body) : body;
  const said = typeof parsed === 'string' ? firstWords(parsed) : messageIn(parsed);
  return said === undefined || said === '' ? undefined : shortened(oneLine(said.slice(0, 4 * MOST)), MOST);
}

/** A body that is an error, though its status is 200. */
export function errorIn(body: unknown): unknown {
  if (!isRecord(body)) return undefined;
  if (body['error'] != null) return body;
  return body['object'] === 'error' || (body['choices'] === undefined && (body['message'] ?? body['detail']) != null)
    ? body
    : undefined;
}

/** The code that a body gives its error: `content_filter`, `context_length_exceeded`, 429. */
export function codeIn(body: unknown): string | number | undefined {
  const parsed = typeof body === 'string' ? parsedOrText(body) : body;
  if (!isRecord(parsed)) return undefined;
  const error = isRecord(parsed['error']) ? parsed['error'] : parsed;
  const codes = [error['code'], error['type'], error['status'], error['param']];
  return codes.find((code): code is string | number => typeof code === 'string' || typeof code === 'number');
}

/** All words of an error by which it can be told: message, code, type and the name of the field. */
export function allWords(body: unknown): string {
  if (typeof body === 'string') {
    const parsed = parsedOrText(body);
    return typeof parsed === 'string' ? parsed : allWords(parsed);
  }
  if (Array.isArray(body)) return body.map(allWords).join(' ');
  return isRecord(body) ? Object.values(body).map(allWords).join(' ') : typeof body === 'number' ? String(body) : '';
}

function messageIn(body: unknown): string | undefined {
  if (typeof body === 'string') return body.trim();
  // FastAPI's list of what is wrong with which field, and lists of errors.
  if (Array.isArray(body)) return joined(body.map(messageIn));
  if (!isRecord(body)) return undefined;
  const { loc, metadata } = body;
  const at = Array.isArray(loc) ? `${loc.filter((part) => part !== 'body').join('.')}: ` : '';
  const keys = ['error', 'message', 'msg', 'detail', 'errors', 'error_message', 'error_msg', 'title', 'reason'];
  const said = keys.map((key) => messageIn(body[key])).find((found) => found !== undefined && found !== '');
  // A router hands on what the provider behind it said.
  const raw = isRecord(metadata) ? messageIn(metadata['raw']) : undefined;
  return said === undefined ? raw : joined([`${at}${said}`, raw]);
}

const joined = (parts: readonly (string | undefined)[]): string | undefined =>
  parts.filter((part) => part !== undefined && part !== '').join('; ') || undefined;

/** Of HTML the words that a reader sees; of an event stream its first lines; else the text itself. */
function firstWords(text: string): string {
  const plain = text.trim();
  if (!/^(?:<!doctype|<html|<\?xml|<[a-z]+[\s>])/i.test(plain)) return plain;
  return plain
    .slice(0, 20_000)
    .replace(/<(script|style|head)\b[\s\S]*?<\/\1>/gi, ' ')
    .replace(/<[^>]*>/g, ' ');
}

function parsedOrText(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
