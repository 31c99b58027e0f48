import fc from '../test/support/property.ts';
import { describe, expect, it } from 'vitest';
import { decodeText } from './decode-text.ts';

const utf8 = (text: string) => new TextEncoder().encode(text);
function utf16(text: string, order: 'le' | 'be'): Uint8Array {
  const bytes = Buffer.from(`\uFEFF${text}`, 'utf16le');
  return order === 'le' ? bytes : bytes.swap16();
}
const latin1 = (text: string) => Uint8Array.from(Buffer.from(text, 'latin1'));
const wellFormed = fc.string({ unit: 'binary' }).map((text) => text.replaceAll(/[\0\uFEFF]/g, '').toWellFormed());

describe('text of any encoding that says what it is', () => {
  it('is read the same (F7)', () => {
    fc.assert(
      fc.property(wellFormed, (text) => {
        const read = { status: 'text', text };
        expect(decodeText(utf8(text))).toEqual(read);
        expect(decodeText(utf8(`\uFEFF${text}`))).toEqual(read);
        fc.pre(!text.includes('\uFFFD'));
        expect(decodeText(utf16(text, 'le'))).toEqual(read);
        expect(decodeText(utf16(text, 'be'))).toEqual(read);
      }),
    );
  });

  it('may be empty, and may spell U+FFFD', () => {
    expect(decodeText(new Uint8Array())).toEqual({ status: 'text', text: '' });
    expect(decodeText(utf8('\uFEFF'))).toEqual({ status: 'text', text: '' });
    expect(decodeText(utf8('a \uFFFD b'))).toEqual({ status: 'text', text: 'a \uFFFD b' });
  });
});

describe('bytes that are no text', () => {
  it.each([
    ['Windows-1252', latin1('a\nthe caf\u00e9 is'), 2, /not UTF-8 at offset 9, 0xE9; as Windows-1252 it reads "café"/],
    ['Windows-1252 after a right U+FFFD', Buffer.concat([utf8('\uFFFD\n'), latin1('n\u00e9n')]), 2, /offset 5, 0xE9/],
    ['Windows-1252 at the end', latin1('caf\u00e9'), 1, /at offset 3, 0xE9; as Windows-1252 it reads "café"/],
    ['a character cut in two', utf8('a\n€').subarray(0, 4), 2, /half a character at its end, offset 2: it is cut off/],
    ['an overlong form', Uint8Array.of(0x61, 0xc0, 0xaf), 1, /offset 1, 0xC0/],
    ['a NUL', utf8('ab\nc\0d'), 2, /^a NUL byte at offset 4$/],
    ['UTF-16 without a mark', utf16('The blue kettle.', 'le').subarray(2), 1, /^UTF-16LE without a byte order mark$/],
    ['UTF-16 without a mark', utf16('The blue kettle.', 'be').subarray(2), 1, /^UTF-16BE without a byte order mark$/],
    [
      'a program',
      Buffer.from('\x7fELF\x02\x01\x01' + '\0'.repeat(9) + '\x03\0\x3e\0\x01\0\0\0\x10\x6b\0\0', 'latin1'),
      1,
      /^a NUL byte at offset 7$/,
    ],
    ['half a character of UTF-16', utf16('a\nb', 'le').subarray(0, 7), 2, /UTF-16 with half a character/],
    ['half a pair in UTF-16', utf16('a\n\ud83d', 'be'), 2, /half a surrogate pair.* at offset 6/],
    ['a NUL in UTF-16', utf16('a\n\0', 'le'), 2, /a NUL character at offset 6/],
    ['UTF-32', Uint8Array.of(0xff, 0xfe, 0, 0, 0x61, 0, 0, 0), 1, /UTF-32/],
  ])('are refused by name, with the line: %s (F7)', (_name, bytes, line, found) => {
    expect(decodeText(bytes)).toMatchObject({
      status: 'not-text',
      line,
      found: expect.stringMatching(found) as string,
      fix: expect.stringContaining('UTF-8') as string,
    });
  });

  it('are never read as something else, nor thrown about', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
        const decoded = decodeText(bytes);
        const right =
          decoded.status === 'text' ? decoded.text.isWellFormed() && !decoded.text.includes('\0') : decoded.line > 0;
        expect(right).toBe(true);
      }),
      { numRuns: 1000 },
    );
  });
});
