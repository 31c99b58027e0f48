import { expect, it } from 'vitest';
import fc from '../test/support/property.ts';
import { shown, visible, whole } from './visible.ts';

it('writes out what can not be seen, and leaves what can', () => {
  expect(visible('a\u001b[31mred\u0000\u007f')).toBe('a␛[31mred␀␡');
  expect(visible('abc\u202Edef\u200B\uD800')).toBe('abc‹U+202E›def‹U+200B›‹U+D800›');
  expect(visible('one\r\ntwo\tthree é ü 漢字 👩‍⚕️')).toBe('one\ntwo\tthree é ü 漢字 👩‍⚕️');
});

it('leaves no control character, no turn and no half of a character, whatever the text', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.nat(40), (text, most) => {
      const { text: seen } = shown(text, most);
      expect(seen).not.toMatch(/(?![\n\t])\p{Cc}|\p{Cs}|[\u202a-\u202e\u2066-\u2069]/u);
      expect(seen.isWellFormed()).toBe(true);
    }),
  );
});

it('says how long a text is that it cuts, and halves no character', () => {
  expect(shown('x'.repeat(20), 5)).toEqual({ text: 'xxxxx', of: 20 });
  expect(shown('short', 5)).toEqual({ text: 'short' });
  expect(whole('ab😀cd', 0, 3)).toBe('ab');
  expect(whole('ab😀cd', 3, 6)).toBe('😀cd');
});
