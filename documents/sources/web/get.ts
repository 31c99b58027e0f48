import { request as requestPlain, type IncomingMessage } from 'node:http';
import { request as requestSafe } from 'node:https';
import { gunzipSync } from 'node:zlib';
import { addressIn, publicLookup } from './addresses.ts';

export const AGENT = 'whetstone';
const HEADER = `${AGENT} (reads pages that its operator named)`;
const SILENCE_MS = 20_000;
const LONGEST_MS = 120_000;
const MOST_REDIRECTS = 5;
export const MOST_PAGE_BYTES = 50_000_000;

export interface Page {
  /** After redirects. */
  url: string;
  status: number;
  /** In lower case, without its charset. */
  type: string;
  bytes: Buffer;
}

export interface Access {
  /** Whether the operator lets it be fetched: asked of each address that a redirect leads to. */
  mayFetch: (url: string) => boolean;
}

/**
 * Gets a page. Redirects lead only where the operator lets pages be fetched from, and nothing but a public address is asked, unless the
 * operator's own list writes a private one out: then `mayFetch` knows it.
 * @throws Error in words
 */
export async function getPage(start: string, { mayFetch }: Access): Promise<Page> {
  let url = start;
  for (let redirects = 0; redirects <= MOST_REDIRECTS; redirects += 1) {
    if (!mayFetch(url)) throw new Error(`it leads to ${url}, which configs/sources.yaml does not allow`);
    const parsed = new URL(url);
    const isWritten = addressIn(parsed) !== undefined || parsed.hostname === 'localhost';
    const reply = await ask(parsed, isWritten);
    const { statusCode: status = 0, headers } = reply;
    if (status >= 300 && status < 400 && headers.location !== undefined) {
      reply.destroy();
      const next = URL.parse(headers.location, url);
      if (!next || !/^https?:$/.test(next.protocol)) throw new Error(`it leads to ${headers.location}`);
      url = next.href;
      continue;
    }
    const bytes = await bodyOf(reply);
    const type = (headers['content-type'] ?? '').split(';')[0]!.trim().toLowerCase();
    return { url, status, type, bytes: unpacked(bytes, headers['content-encoding']) };
  }
  throw new Error(`more than ${MOST_REDIRECTS} redirects`);
}

/** @param isWritten the host is an address, or this machine: the operator's list has it so, and there is nothing to look up */
function ask(url: URL, isWritten: boolean): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const request = (url.protocol === 'https:' ? requestSafe : requestPlain)(
      url,
      {
        headers: { 'user-agent': HEADER, accept: '*/*', 'accept-encoding': 'gzip' },
        timeout: SILENCE_MS,
        signal: AbortSignal.timeout(LONGEST_MS),
        ...(!isWritten && { lookup: publicLookup }),
      },
      resolve,
    );
    request.on('timeout', () => request.destroy(new Error(`no answer within ${SILENCE_MS / 1000} seconds`)));
    request.on('error', reject);
    request.end();
  });
}

async function bodyOf(reply: IncomingMessage): Promise<Buffer> {
  const parts: Buffer[] = [];
  let bytes = 0;
  for await (const part of reply as AsyncIterable<Buffer>) {
    bytes += part.length;
    if (bytes > MOST_PAGE_BYTES) {
      reply.destroy();
      throw new Error(`more than ${MOST_PAGE_BYTES / 1e6} MB`);
    }
    parts.push(part);
  }
  return Buffer.concat(parts);
}

/** A server may pack what it sends; and a sitemap may be packed itself. */
export function unpacked(bytes: Buffer, encoding: string | undefined): Buffer {
  if (encoding === undefined || encoding === 'identity') return bytes;
  if (encoding !== 'gzip' && encoding !== 'x-gzip') throw new Error(`it is packed as ${encoding}`);
  try {
    return gunzipSync(bytes, { maxOutputLength: MOST_PAGE_BYTES });
  } catch (cause) {
    throw new Error(`more than ${MOST_PAGE_BYTES / 1e6} MB unpacked, or no gzip`, { cause });
  }
}
