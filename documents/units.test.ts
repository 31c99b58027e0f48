import fc from '../test/support/property.ts';
import { describe, expect, it } from 'vitest';
import { unitsOf } from './units.ts';

const texts = (passage: string) => unitsOf(passage).map(({ text }) => text);

describe('sentences', () => {
  it.each([
    ['Use oil, e.g. Castor oil. Wait.', ['Use oil, e.g. Castor oil.', 'Wait.']],
    ['Ask Dr. Smith first. Then call.', ['Ask Dr. Smith first.', 'Then call.']],
    ['It takes approx. 5 minutes. Rest after it.', ['It takes approx. 5 minutes.', 'Rest after it.']],
    ['Use key No. 5 here. No. That is wrong.', ['Use key No. 5 here.', 'No.', 'That is wrong.']],
    ['It weighs 3.5 kg. Two do 7 kg.', ['It weighs 3.5 kg.', 'Two do 7 kg.']],
    ['J. R. Miller runs it. A. Brown helps.', ['J. R. Miller runs it.', 'A. Brown helps.']],
    ['It is common in the U.S. The rest is rare.', ['It is common in the U.S.', 'The rest is rare.']],
    ['The U.S. Food and Drug Administration said so.', ['The U.S. Food and Drug Administration said so.']],
    ['It checks for hepatitis B. It takes an hour.', ['It checks for hepatitis B.', 'It takes an hour.']],
    ['We open at 8 a.m. on Monday. Come by.', ['We open at 8 a.m. on Monday.', 'Come by.']],
    ['We close at 5 p.m. The gate stays open.', ['We close at 5 p.m.', 'The gate stays open.']],
    ['Bring pens, paper, etc. Leave food.', ['Bring pens, paper, etc.', 'Leave food.']],
    ['He said "Stop. Go." and left. She stayed.', ['He said "Stop. Go." and left.', 'She stayed.']],
    ['Rest (two days. Or three.) at home. Then come.', ['Rest (two days. Or three.) at home.', 'Then come.']],
    ['Really? Yes! Go on...', ['Really?', 'Yes!', 'Go on...']],
    ['Note: it is hot; wait. Then open it.', ['Note: it is hot; wait.', 'Then open it.']],
    ['A lump in the chest.The most common signs.', ['A lump in the chest.', 'The most common signs.']],
    ['See www.example.com for more. Call us.', ['See www.example.com for more.', 'Call us.']],
    ['The kettle\nholds two\nlitres. It is blue.', ['The kettle\nholds two\nlitres.', 'It is blue.']],
    ['水は二リットル入る。色は青い。', ['水は二リットル入る。', '色は青い。']],
    ['Alcohol    Drinking raises the risk.', ['Alcohol', 'Drinking raises the risk.']],
    ['> Close the lid.\n> Wait.', ['Close the lid.', 'Wait.']],
    ['It is (never closed. It goes on.', ['It is (never closed.', 'It goes on.']],
    ['', []],
    [' \n\n ', []],
  ])('of %j', (passage, expected) => expect(texts(passage)).toEqual(expected));
});

describe('lists', () => {
  it('give each item its lead-in, and each sentence of an item', () => {
    expect(unitsOf('Bring the following:\n\n- Gloves\n- A mask. Wash it.\n1. Boots')).toMatchObject([
      { kind: 'sentence', text: 'Bring the following:' },
      { kind: 'list-item', text: 'Gloves', leadIn: 'Bring the following:' },
      { kind: 'list-item', text: 'A mask.', leadIn: 'Bring the following:' },
      { kind: 'list-item', text: 'Wash it.', leadIn: 'Bring the following:' },
      { kind: 'list-item', text: 'Boots', leadIn: 'Bring the following:' },
    ]);
  });

  it('that are nested hang on their item', () => {
    expect(unitsOf('- Tools:\n  - Saw\n  - File\n- Oil').map(({ text, leadIn }) => [text, leadIn])).toEqual([
      ['Tools:', undefined],
      ['Saw', 'Tools:'],
      ['File', 'Tools:'],
      ['Oil', undefined],
    ]);
  });

  it('below a whole sentence have no lead-in', () => {
    expect(unitsOf('The shop opens at 8.\n\n- Gloves are free.').map(({ leadIn }) => leadIn)).toEqual([
      undefined,
      undefined,
    ]);
  });

  it.each([
    ['Signs are the following:         -  Fever. This passes.    - Rash        Call a nurse. Rest.'],
    ['Signs are the following: - Fever. This passes. - Rash        Call a nurse. Rest.'],
    ['Signs are the following: • Fever. This passes. • Rash    Call a nurse. Rest.'],
  ])('that were run into a paragraph are found: %j', (passage) => {
    expect(unitsOf(passage).map(({ kind, text }) => [kind, text])).toEqual([
      ['sentence', 'Signs are the following:'],
      ['list-item', 'Fever.'],
      ['list-item', 'This passes.'],
      ['list-item', 'Rash'],
      ['sentence', 'Call a nurse.'],
      ['sentence', 'Rest.'],
    ]);
  });

  it('inside a run-in list hang on their item, until the gap that comes back', () => {
    const passage = '- These raise it:         - Age     - Diet        - These lower it:         - Sport';
    expect(unitsOf(passage).map(({ text, leadIn }) => [text, leadIn])).toEqual([
      ['These raise it:', undefined],
      ['Age', 'These raise it:'],
      ['Diet', 'These raise it:'],
      ['These lower it:', undefined],
      ['Sport', 'These lower it:'],
    ]);
  });

  it('are no dashes between words', () => {
    expect(texts('Rest - if you can - for a day.')).toEqual(['Rest - if you can - for a day.']);
  });
});

describe('tables', () => {
  it('give rows with header and cells', () => {
    expect(unitsOf('Prices are below:\n\n| Work | Price |\n| --- | --- |\n| A \\| B | 5 euro |\n')).toEqual([
      { kind: 'sentence', start: 0, end: 17, text: 'Prices are below:' },
      {
        kind: 'table-row',
        start: 50,
        end: 69,
        text: '| A \\| B | 5 euro |',
        leadIn: 'Prices are below:',
        header: ['Work', 'Price'],
        cells: ['A | B', '5 euro'],
      },
    ]);
  });

  it('that were cut off their header still give rows', () => {
    expect(unitsOf('| Clinic 83 | 249 euro |\n| Clinic 84 | 5 euro |')).toMatchObject([
      { kind: 'table-row', cells: ['Clinic 83', '249 euro'] },
      { kind: 'table-row', cells: ['Clinic 84', '5 euro'] },
    ]);
  });
});

it('takes headings, comments and code for no units', () => {
  expect(texts('# A heading\n\nUnder\n=====\n\n<!-- no -->\n\n```\ncode\n```\n\nText.')).toEqual(['Text.']);
});

const piece = fc.oneof(
  fc.constantFrom(
    'e.g. ',
    'Dr. ',
    'No. 5 ',
    '3.5 ',
    '. ',
    '.Next',
    '? ',
    ': ',
    '; ',
    ' - ',
    '     - ',
    '        ',
    '\n\n',
    '\n',
    '\n- ',
    '\n  - ',
    '\n1. ',
    '\n| a | b |\n|---|---|\n| c | d |\n',
    '"',
    '(',
    ')',
    '\u201c',
    '\u201d',
    '> ',
    '\n> ',
    '\n# H\n',
    '\n```\n',
    '<!--',
    '-->',
    '|',
    '**',
    '\u2022 ',
    '\t',
    '\r\n',
    '\ud83d',
    '\u0000',
    '。',
    '\u202e',
    '1.',
  ),
  fc.lorem({ maxCount: 4 }),
  fc.string({ unit: 'binary', maxLength: 6 }),
);
const passages = fc.array(piece, { maxLength: 40 }).map((parts) => parts.join(''));

describe('of any text, units', () => {
  it('are in order, apart, and verbatim slices without white space around (F27)', () => {
    fc.assert(
      fc.property(passages, (passage) => {
        let last = 0;
        for (const { start, end, text } of unitsOf(passage)) {
          expect(start).toBeGreaterThanOrEqual(last);
          expect(end).toBeGreaterThan(start);
          expect(text).toBe(passage.slice(start, end));
          expect(text.trim()).toBe(text);
          last = end;
        }
      }),
      { numRuns: 500 },
    );
  });

  it('hold every letter outside headings and markup', () => {
    const plain = fc.array(
      fc.oneof(
        fc.lorem({ maxCount: 6 }),
        fc.constantFrom('. ', '\n', '\n\n', ': ', ' - ', '    - ', '\n- ', '\n2. ', ' (', ') ', '"'),
      ),
      { maxLength: 40 },
    );
    fc.assert(
      fc.property(plain, (parts) => {
        const passage = parts.join('');
        const covered = unitsOf(passage)
          .map(({ text }) => text)
          .join('');
        const letters = (text: string) => text.replace(/\P{L}/gu, '');
        expect(letters(covered)).toBe(letters(passage));
      }),
      { numRuns: 500 },
    );
  });
});

it.each([
  ['spaces', ' '.repeat(200_000)],
  ['stops', '.'.repeat(200_000) + 'x'],
  ['open brackets', '('.repeat(200_000)],
  ['quotes', '" '.repeat(100_000)],
  ['marks of lists', ' - '.repeat(60_000)],
  ['gaps', 'a:        B        '.repeat(10_000)],
  ['pipes', '| '.repeat(100_000)],
  ['abbreviations', 'e.g. '.repeat(40_000)],
  ['one word', 'x'.repeat(200_000)],
  ['items', '- a:\n  - b\n'.repeat(15_000)],
])('reads 200,000 characters of %s at once', (_of, text) => {
  expect(Array.isArray(unitsOf(text))).toBe(true);
});
