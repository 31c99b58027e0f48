import { oneLine, shortened } from '../../common/shortened.ts';
import type { Delivery } from '../types.ts';
import { signedHeaders } from './sign.ts';

/** One attempt at telling a receiver. */

/** From the request to the answer's first line: a receiver notes an event and does its work later. */
const TIMEOUT_MS = 15_000;
/** Of an answer, for the error. */
const SHOWN_BYTES = 2_000;
const SHOWN_CHARACTERS = 200;
/** A receiver may ask for patience, not for silence. */
const MOST_PATIENCE_MS = 24 * 3_600_000;

export interface Post {
  url: string;
  keys: readonly Buffer[];
  id: string;
  body: string;
}

/** Posts a signed message. Redirects are not followed: who is told is what the operator wrote. */
export async function post(
  { url, keys, id, body }: Post,
  { signal, timeoutMs = TIMEOUT_MS }: { signal?: AbortSignal; timeoutMs?: number } = {},
): Promise<Delivery> {
  const timeout = AbortSignal.timeout(timeoutMs);
  const limit = signal ? AbortSignal.any([signal, timeout]) : timeout;
  let response: Response;
  try {
    response = await fetch(url, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'user-agent': 'whetstone',
        ...signedHeaders({ id, atMs: Date.now(), body, keys }),
      },
      body,
      redirect: 'manual',
      signal: limit,
    });
  } catch (error) {
    return { status: 'failed', why: timeout.aborted ? `no answer within ${timeoutMs} ms` : reasonOf(error) };
  }
  if (response.ok) {
    // What it says does not matter, however long it is.
    await response.body?.cancel().catch(() => {});
    return { status: 'delivered' };
  }
  const said = await beginningOf(response);
  const why = `answered ${response.status}${said ? `: ${said}` : ''}`;
  if (response.status === 410) return { status: 'gone', why };
  if (response.status >= 300 && response.status < 400) {
    const to = response.headers.get('location');
    return { status: 'failed', why: `${why}, a redirect${to ? ` to ${placeOf(to, url)}` : ''}, which is not followed` };
  }
  return { status: 'failed', why, retryAfterMs: patienceOf(response.headers.get('retry-after'), Date.now()) };
}

/** What `retry-after` asks for: seconds, or a date. */
export function patienceOf(text: string | null, nowMs: number): number | undefined {
  if (text === null) return undefined;
  const ms = /^\d+$/.test(text.trim()) ? Number(text) * 1000 : Date.parse(text) - nowMs;
  return Number.isFinite(ms) && ms > 0 ? Math.min(ms, MOST_PATIENCE_MS) : undefined;
}

/** The first bytes of an answer, in one line; the rest is not read, and the time-out holds for these too. */
async function beginningOf({ body }: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  try {
    for await (const chunk of body ?? []) {
      chunks.push(chunk);
      bytes += chunk.length;
      if (bytes >= SHOWN_BYTES) break;
    }
  } catch {
    // What came until then is what there is to show.
  }
  const text = Buffer.concat(chunks).subarray(0, SHOWN_BYTES).toString('utf8');
  // eslint-disable-next-line no-control-regex
  return shortened(oneLine(text.replace(/[\u0000-\u001F\u007F-\u009F]/g, ' ')), SHOWN_CHARACTERS);
}

/** A place without what may be secret in it. */
function placeOf(location: string, base: string): string {
  return URL.canParse(location, base) ? new URL(location, base).origin : 'no address';
}

function reasonOf(error: unknown): string {
  const { cause, message } = error as Error & { cause?: { code?: string; message?: string } };
  return [message, cause?.code ?? cause?.message].filter(Boolean).join(': ');
}
