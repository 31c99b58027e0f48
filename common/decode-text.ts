import { isUtf8 } from 'node:buffer';

/** One check of encodings for everything that people write: documents, pairs, suites, configs. */

/** Text, its byte order mark gone; or why bytes are none, with the place counted in the file. */
export type Decoded =
  { status: 'text'; text: string } | { status: 'not-text'; found: string; line: number; fix: string };

export const EXPECTED_ENCODING = 'text in UTF-8, or in UTF-16 with a byte order mark';
const SAVE = 'save it as UTF-8 text';
const NEWLINE = 10;

/** What to tell people of a file that is not text: where, what was found, what was expected, the fix. */
export const notTextMessage = (shown: string, { line, found, fix }: Decoded & { status: 'not-text' }): string =>
  `${shown}:${line}: found ${found}; expected ${EXPECTED_ENCODING}. Fix: ${fix}`;

/** UTF-8 with or without a byte order mark, UTF-16 with one; nothing else, and no NUL in either. */
export function decodeText(bytes: Uint8Array): Decoded {
  const mark = MARKS.find(({ start }) => start.every((byte, i) => bytes[i] === byte));
  if (mark === undefined) return utf8(bytes, 0);
  if (mark.encoding === 'utf-8') return utf8(bytes, mark.start.length);
  if (mark.encoding === 'utf-32') return { status: 'not-text', found: 'UTF-32', line: 1, fix: SAVE };
  return utf16(bytes.subarray(mark.start.length), mark.encoding);
}

/** The longer first: the mark of UTF-32 begins with that of UTF-16. */
const MARKS = [
  { encoding: 'utf-32', start: [0xff, 0xfe, 0, 0] },
  { encoding: 'utf-32', start: [0, 0, 0xfe, 0xff] },
  { encoding: 'utf-8', start: [0xef, 0xbb, 0xbf] },
  { encoding: 'utf-16le', start: [0xff, 0xfe] },
  { encoding: 'utf-16be', start: [0xfe, 0xff] },
] as const;

function utf8(bytes: Uint8Array, from: number): Decoded {
  const nul = bytes.indexOf(0, from);
  const end = nul < 0 ? bytes.length : nul;
  const before = bytes.subarray(0, end);
  const wrong = isUtf8(before) ? -1 : firstWrongByte(before);
  if (wrong >= 0) return notUtf8(bytes, wrong);
  if (nul >= 0) return nulIn(bytes, nul);
  return { status: 'text', text: Buffer.from(bytes.buffer, bytes.byteOffset + from, bytes.length - from).toString() };
}

/** Decoding puts U+FFFD where a byte is wrong; a U+FFFD that the file itself spells is three right bytes. */
function firstWrongByte(bytes: Uint8Array): number {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString();
  let offset = 0;
  let from = 0;
  for (let i = text.indexOf('\uFFFD'); i >= 0; i = text.indexOf('\uFFFD', i + 1)) {
    offset += Buffer.byteLength(text.slice(from, i));
    if (bytes[offset] !== 0xef || bytes[offset + 1] !== 0xbf || bytes[offset + 2] !== 0xbd) return offset;
    offset += 3;
    from = i + 1;
  }
  // Cut off within a character: nothing was replaced before the end.
  return bytes.length - 1;
}

function notUtf8(bytes: Uint8Array, offset: number): Decoded {
  if (isCutOff(bytes.subarray(offset)))
    return {
      status: 'not-text',
      found: `half a character at its end, offset ${offset}: it is cut off`,
      line: lineAt(bytes, offset),
      fix: `copy or download it again, whole, and ${SAVE}`,
    };
  const byte = bytes[offset]!;
  const word = windows1252(bytes, offset);
  const hex = `0x${byte.toString(16).toUpperCase().padStart(2, '0')}`;
  return {
    status: 'not-text',
    found: `a byte that is not UTF-8 at offset ${offset}, ${hex}${word ? `; as Windows-1252 it reads ${JSON.stringify(word)}` : ''}`,
    line: lineAt(bytes, offset),
    fix: word
      ? `${SAVE}: in Excel "CSV UTF-8", in an editor "Save with encoding", else \`iconv -f WINDOWS-1252 -t UTF-8\``
      : SAVE,
  };
}

/** Whether bytes are the beginning of one character of UTF-8, and more than its first byte. */
const isCutOff = ([lead = 0, ...more]: Uint8Array): boolean =>
  lead >= 0xe0 && lead < 0xf5 && more.length > 0 && more.length < 3 && more.every((byte) => byte >> 6 === 2);

/** The word around an offset, where the bytes are letters of Windows-1252. */
function windows1252(bytes: Uint8Array, offset: number): string | undefined {
  const around = new TextDecoder('windows-1252').decode(bytes.subarray(Math.max(0, offset - 20), offset + 20));
  const at = Math.min(offset, 20);
  // Control characters, and the five codes that Windows-1252 leaves undefined.
  if (/[^\t\n\r\u0020-\u007e\u00a0-\uffff]/.test(around)) return undefined;
  const before = /[\p{L}\p{N}]*$/u.exec(around.slice(0, at))?.[0] ?? '';
  return `${before}${/^.[\p{L}\p{N}]*/u.exec(around.slice(at))?.[0] ?? ''}`;
}

/** What stands in no text. */
// oxlint-disable-next-line no-control-regex
const NO_TEXT = /[\0-\x08\x0e-\x1f]/;

function nulIn(bytes: Uint8Array, offset: number): Decoded {
  const some = bytes.subarray(0, 200);
  const nuls = (odd: number) => some.filter((byte, i) => i % 2 === odd && byte === 0).length * 4 > some.length;
  const guess = nuls(0) ? 'UTF-16BE' : nuls(1) ? 'UTF-16LE' : undefined;
  // A program or a picture has as many, and no text when it is read so.
  const wide =
    guess && !NO_TEXT.test(new TextDecoder(guess).decode(some.subarray(0, some.length & ~1))) ? guess : undefined;
  return {
    status: 'not-text',
    found: wide ? `${wide} without a byte order mark` : `a NUL byte at offset ${offset}`,
    line: lineAt(bytes, offset),
    fix: wide ? `${SAVE}, such as with \`iconv -f ${wide} -t UTF-8\`` : `take it out, or ${SAVE}`,
  };
}

function utf16(bytes: Uint8Array, encoding: 'utf-16le' | 'utf-16be'): Decoded {
  const text = new TextDecoder(encoding, { ignoreBOM: true }).decode(bytes);
  const nul = text.indexOf('\0');
  const wrong = nul < 0 ? text.indexOf('\uFFFD') : nul;
  const fault = (found: string, line: number): Decoded => ({ status: 'not-text', found, line, fix: SAVE });
  if (bytes.length % 2 > 0) return fault('UTF-16 with half a character at its end', text.split('\n').length);
  if (wrong < 0) return { status: 'text', text };
  const name = wrong === nul ? 'a NUL character' : 'half a surrogate pair, or U+FFFD,';
  return fault(`UTF-16 with ${name} at offset ${wrong * 2 + 2}`, text.slice(0, wrong).split('\n').length);
}

function lineAt(bytes: Uint8Array, offset: number): number {
  let line = 1;
  for (let i = bytes.indexOf(NEWLINE); i >= 0 && i < offset; i = bytes.indexOf(NEWLINE, i + 1)) line += 1;
  return line;
}
