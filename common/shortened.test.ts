import { expect, it } from 'vitest';
import { oneLine, shortened } from './shortened.ts';

it.each([
  ['as it is', 8, 'as it is'],
  ['one two three', 10, 'one two ...'],
  ['one two three', 7, 'one two ...'],
  ['one two three', 8, 'one two ...'],
  [`${'x'.repeat(50)} y`, 40, `${'x'.repeat(40)} ...`],
  [`see ${'x'.repeat(50)}`, 40, `see ${'x'.repeat(36)} ...`],
  ['ab\u{1F600}cd', 3, 'ab ...'],
  ['a line\nand another', 12, 'a line\nand ...'],
  ['', 0, ''],
])('%j in %i characters is %j', (text, most, shown) => {
  expect(shortened(text, most)).toBe(shown);
});

it('puts several lines into one', () => {
  expect(oneLine(' a\n\n b\tc ')).toBe('a b c');
});
