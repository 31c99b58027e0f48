import { describe, expect, it } from 'vitest';
import fc from '../../test/support/property.ts';
import { cell, endingLines, inCode } from './lines.ts';

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
    [
      'Say that you want it (--base; in JSON "base": true), or --to 2 (in JSON "to": 2)',
      'Say that you want it (`--base`; in JSON `"base": true`), or `--to 2` (in JSON `"to": 2`)',
    ],
    [
      'Use an input such as {"model": "demo", "by": "your name"}',
      'Use an input such as `{"model": "demo", "by": "your name"}`',
    ],
    ['nothing to run -- at all', 'nothing to run -- at all'],
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
    const literal = fc.constantFrom('--base', '--to 2', '"base": true', '"to": 2', '{"by": "you"}', '--evidence HASH');
    fc.assert(
      fc.property(fc.array(literal, { minLength: 1, maxLength: 4 }), (literals) => {
        const shown = inCode(`Say (${literals.join('; in JSON ')}), or not`);
        expect(shown.replace(/`[^`]*`/g, '')).not.toMatch(/--|"/);
      }),
    );
    fc.assert(
      fc.property(fc.string(), (text) => {
        const line = text.replace(/[\\|]/g, '\\$&').replace(/\s+/g, ' ');
        expect(cell(text).replaceAll('`', '')).toBe(line.replaceAll('`', ''));
      }),
    );
  });
});

it('who decided stands in the sentence that says how it ended', () => {
  expect(endingLines({ is: 'rejected', why: 'by Ada: a wrong dose' })[0]).toBe('**Rejected** by Ada: a wrong dose');
  expect(endingLines({ is: 'held', why: 'version 5 serves now' })[0]).toBe('**Held.** version 5 serves now');
});
