import { describe, expect, it } from 'vitest';
import fc from '../../test/support/property.ts';
import { cell, inCode } from './lines.ts';

describe('commands in markdown', () => {
  it.each([
    [
      'Sign it: npx whetstone approve promote/d/p/1 --why "..." --sign',
      'Sign it: `npx whetstone approve promote/d/p/1 --why "..." --sign`',
    ],
    [
      'Clear it: npx whetstone unblock womens-health-approved 3 --why "...".',
      'Clear it: `npx whetstone unblock womens-health-approved 3 --why "..."`.',
    ],
    ['again (npx whetstone evaluate demo@v2), and ask', 'again (`npx whetstone evaluate demo@v2`), and ask'],
    ['See npx whetstone history MODEL, or the page', 'See `npx whetstone history MODEL`, or the page'],
    ['The command npx whetstone judges calibrate does it.', 'The command `npx whetstone judges calibrate` does it.'],
    [
      'Start: npx whetstone promote demo@v2 --alias production --why "..." --override; then',
      'Start: `npx whetstone promote demo@v2 --alias production --why "..." --override`; then',
    ],
    ['`npx whetstone keys list` is code', '`npx whetstone keys list` is code'],
    ['nothing to run', 'nothing to run'],
  ])('%s', (text, shown) => {
    expect(inCode(text)).toBe(shown);
    expect(inCode(shown)).toBe(shown);
  });

  it('are whole, and nothing but code fences is added', () => {
    const word = fc.constantFrom(
      'demo@v3',
      '--why "the reason"',
      '--alias staging',
      '--sign',
      '3',
      'promote/a/b/c',
      'NAME',
    );
    fc.assert(
      fc.property(
        fc.array(word, { maxLength: 5 }),
        fc.constantFrom('', '.', ', and so on', '; then', ')'),
        (words, end) => {
          const command = ['npx whetstone approve', ...words].join(' ');
          expect(inCode(`Do: ${command}${end}`)).toBe(`Do: \`${command}\`${end}`);
        },
      ),
    );
    fc.assert(
      fc.property(fc.string(), (text) => {
        const line = text.replace(/[\\|]/g, '\\$&').replace(/\s+/g, ' ');
        expect(cell(text).replaceAll('`', '')).toBe(line.replaceAll('`', ''));
      }),
    );
  });
});
