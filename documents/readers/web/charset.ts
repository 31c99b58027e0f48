import { decodeText, type Decoded } from '../../../common/decode-text.ts';

/** A page says its encoding within this many bytes, or nobody reads it. */
const SAID_WITHIN = 1024;
const CHARSET = /<meta\b[^<>]*\bcharset\s*=\s*["']?\s*([\w-]+)/i;
const DECLARED = /^<\?xml\b[^<>]*\bencoding\s*=\s*["']([\w-]+)["']/i;

/** A page's text in the encoding that it says it has; without a word, as any other text. */
export function decodePage(bytes: Uint8Array): Decoded {
  const head = Buffer.from(bytes.subarray(0, SAID_WITHIN)).toString('latin1');
  const name = (CHARSET.exec(head) ?? DECLARED.exec(head))?.[1];
  if (!name || /^utf-?(?:8|16(?:le|be)?)$/i.test(name)) return decodeText(bytes);
  try {
    return { status: 'text', text: new TextDecoder(name, { fatal: true }).decode(bytes) };
  } catch {
    // No such encoding, or bytes that it does not have.
    return decodeText(bytes);
  }
}
