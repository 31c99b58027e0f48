import { describe, expect, it } from 'vitest';
import fc from '../test/support/property.ts';
import { samePerson, spelling } from './people.ts';

const letter = fc.constantFrom(...'abcxyzäéñßøłğİıſςσΣжЖ가한字אبゞﬀ'.split(''), 'e\u0301', 'o\u0308', '\u1E9E');
const name = fc
  .array(fc.string({ unit: letter, minLength: 1, maxLength: 8 }), { minLength: 1, maxLength: 3 })
  .map((words) => words.join(' '));

const wide = (text: string) =>
  text.replace(/[!-~]/g, (one) => String.fromCodePoint(one.codePointAt(0)! + 0xfee0)).replaceAll(' ', '\u3000');

/** Ways in which one person's name is written. */
const SPELLINGS: Record<string, (text: string) => string> = {
  'upper case': (text) => text.toUpperCase(),
  'lower case': (text) => text.toLowerCase(),
  'letters and marks apart': (text) => text.normalize('NFD'),
  'letters and marks joined': (text) => text.normalize('NFC'),
  'compatible forms': (text) => text.normalize('NFKD'),
  'full width': wide,
  'more spaces': (text) => ` ${text.replaceAll(' ', ' \u00A0\t')}\n`,
  'what can not be seen': (text) => text.replace(/./gu, '$&\u200B\u00AD'),
  'marks of direction': (text) => `\u202E${text}\u202C\uFEFF`,
};

describe('one name in two spellings is one person', () => {
  it.each(Object.keys(SPELLINGS))('in %s', (how) => {
    fc.assert(fc.property(name, (text) => samePerson(text, SPELLINGS[how]!(text))));
  });

  it('in any two spellings, one upon the other', () => {
    const ways = fc.array(fc.constantFrom(...Object.values(SPELLINGS)), { maxLength: 4 });
    fc.assert(
      fc.property(name, ways, ways, (text, one, other) => {
        const write = (how: typeof one) => how.reduce((written, next) => next(written), text);
        expect(spelling(write(one))).toBe(spelling(write(other)));
      }),
      { numRuns: 1000 },
    );
  });

  it('and another name is another person', () => {
    expect(samePerson('Ada', 'Adah')).toBe(false);
    expect(samePerson('Ada Long', 'AdaLong')).toBe(false);
    expect(samePerson('Jose', 'José')).toBe(false);
  });
});
