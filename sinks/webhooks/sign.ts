import { createHmac } from 'node:crypto';
import { RequestError } from '../../common/errors.ts';

/** Signatures of Standard Webhooks (https://www.standardwebhooks.com): HMAC-SHA256 over the id, the time and the body. */

const PREFIX = 'whsec_';
/** Bytes of a secret, as the standard asks. */
const SECRET_BYTES = { least: 24, most: 64 };

/** The key of a secret as text. @param name the variable that holds it, for the error, which does not show it */
export function readSecret(text: string | undefined, name: string): Buffer {
  const expected = `expected ${PREFIX} and ${SECRET_BYTES.least} to ${SECRET_BYTES.most} bytes in base64. Make one: echo "${PREFIX}$(openssl rand -base64 32)"`;
  if (text === undefined || text === '') throw new RequestError(`${name}: not set; ${expected}`);
  const encoded = text.startsWith(PREFIX) ? text.slice(PREFIX.length) : '';
  const key = Buffer.from(encoded, 'base64');
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(encoded) || key.length < SECRET_BYTES.least || key.length > SECRET_BYTES.most)
    throw new RequestError(`${name}: found something else, which is not shown; ${expected}`);
  return key;
}

/** The headers that a receiver verifies a message by; each key signs, so that a secret can be replaced while both hold. */
export function signedHeaders(options: { id: string; atMs: number; body: string; keys: readonly Buffer[] }) {
  const { id, atMs, body, keys } = options;
  const timestamp = String(Math.floor(atMs / 1000));
  const signatures = keys.map((key) => {
    const signature = createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64');
    return `v1,${signature}`;
  });
  return { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': signatures.join(' ') };
}
