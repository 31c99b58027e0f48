import fc from '../test/support/property.ts';
import { describe, expect, it } from 'vitest';
import { chunkDocument } from './chunk.ts';
import { blocks } from './readers/markdown-blocks.ts';
import { passageText } from '../schema/passage-text.ts';
import { ChunkSchema, type Chunk, type Document } from '../schema/data.ts';
import { countTokens } from '../language/text.ts';

const documentOf = (text: string, title = 'Title'): Document => ({
  id: 'a/b',
  uri: 'file:///a/b.md',
  sha256: '',
  title,
  metadata: {},
  text,
});
const chunksOf = (text: string, maxTokens = 16, title?: string) =>
  chunkDocument(documentOf(text, title), { maxTokens });
const textsOf = (text: string, maxTokens?: number) => chunksOf(text, maxTokens).map((chunk) => chunk.text);
const squeeze = (text: string) => text.replace(/\s+/g, '');

function expectSound(text: string, chunks: Chunk[], maxTokens: number): void {
  let last = 0;
  for (const [index, chunk] of chunks.entries()) {
    expect(ChunkSchema.parse(chunk)).toMatchObject({ id: `a/b#${index}`, index, documentId: 'a/b' });
    expect(chunk.text).toBe(text.slice(chunk.start, chunk.end));
    expect(chunk.text).toBe(chunk.text.trim());
    expect(chunk.text.isWellFormed()).toBe(true);
    expect(chunk.tokens, JSON.stringify(chunk.text)).toBe(countTokens(chunk.text));
    expect(chunk.tokens).toBeGreaterThan(0);
    expect(chunk.tokens).toBeLessThanOrEqual(maxTokens);
    expect(chunk.start).toBeGreaterThanOrEqual(last);
    last = chunk.end;
  }
}

describe('headings', () => {
  it('are listed from the title down, and are no part of a text', () => {
    const text = 'Intro.\n\n# Title\n\nOne.\n\n## Sub #\nTwo.\n\n#### Deep\n\nThree.\n\n## *Other*\n\nFour.\n';
    expect(chunksOf(text).map((chunk) => [chunk.text, chunk.headings])).toEqual([
      ['Intro.', ['Title']],
      ['One.', ['Title']],
      ['Two.', ['Title', 'Sub']],
      ['Three.', ['Title', 'Sub', 'Deep']],
      ['Four.', ['Title', 'Other']],
    ]);
  });

  it('may be underlined, but a sentence above a rule stays text', () => {
    const text = 'Big\n===\n\nOne.\n\nSmall\n-----\nTwo.\n\nA sentence.\n---\n\n- item\n---\nLast.';
    expect(chunksOf(text).map((chunk) => [chunk.text, chunk.headings])).toEqual([
      ['One.', ['Title', 'Big']],
      ['Two.\n\nA sentence.', ['Title', 'Big', 'Small']],
      ['- item', ['Title', 'Big', 'Small']],
      ['Last.', ['Title', 'Big', 'Small']],
    ]);
  });

  it('are not looked for in code or in words with a hash', () => {
    expect(textsOf('#hashtag one.\n\n```sh\n# comment\n```\n')).toEqual(['#hashtag one.\n\n```sh\n# comment\n```']);
  });
});

describe('pages', () => {
  it('are told of each passage by where it begins', () => {
    const pages = [
      'Before all pages it says one thing.',
      '# One\n\nFirst it says this.',
      'Then it says that, too.',
      '# Two\n\nEnd.',
    ];
    const text = pages.join('\n\n');
    const places = pages.slice(1).map((page, i) => ({ label: `page ${i + 1}`, start: text.indexOf(page) }));
    const chunks = chunkDocument({ ...documentOf(text), places }, { maxTokens: 8 });
    expect(chunks.map(({ text: said, place }) => [said, place])).toEqual([
      ['Before all pages it says one thing.', undefined],
      ['First it says this.', 'page 1'],
      ['Then it says that, too.', 'page 2'],
      ['End.', 'page 3'],
    ]);
    expectSound(text, chunks, 8);
    const whole = chunkDocument({ ...documentOf(text), places }, { maxTokens: 100 });
    expect(whole.map(({ place, places: within }) => [place, within?.map(({ label }) => label)])).toEqual([
      [undefined, undefined],
      ['page 1', ['page 2']],
      ['page 3', undefined],
    ]);
  });
});

describe('sentences', () => {
  it('are kept whole and packed up to the budget', () => {
    const text = 'One two three four five. Six seven eight nine ten. Eleven twelve.';
    expect(textsOf(text, 12)).toEqual(['One two three four five. Six seven eight nine ten.', 'Eleven twelve.']);
  });

  it('reach over the line ends of a wrapped paragraph, numbers at a line start included', () => {
    const text = 'The cycle lasts\n28. Then a new one\nbegins. Another sentence of six words\nis here.';
    expect(textsOf(text, 12)).toEqual([
      'The cycle lasts\n28. Then a new one\nbegins.',
      'Another sentence of six words\nis here.',
    ]);
  });

  it('beyond the budget are cut after a comma where one is near, in any script (F9)', () => {
    const long =
      'one two three four five six seven eight nine, ten eleven twelve thirteen fourteen fifteen sixteen seventeen';
    expect(textsOf(long, 16)[0]).toBe('one two three four five six seven eight nine,');
    const cjk = '白い大きなやかんは台所にあり、毎朝おばあさんがお茶を入れる';
    expect(textsOf(cjk, 16)).toEqual(['白い大きなやかんは台所にあり、', '毎朝おばあさんがお茶を入れる']);
  });

  it('a run of letters without spaces counts by its length (F9)', () => {
    const run = 'iVBORw0KGgoAAAANSUhEUgAA'.repeat(100);
    const cut = textsOf(`Before. ${run} After.`, 40);
    expect(cut.join('').replaceAll(' ', '')).toBe(`Before.${run}After.`);
    expect(Math.max(...cut.map(({ length }) => length))).toBeLessThanOrEqual(170);
    expect(['characteristically', 'Donaudampfschifffahrtsgesellschaft'].map(countTokens)).toEqual([1, 9]);
  });

  it('beyond the budget are cut between words, and a word without end between tokens', () => {
    const long = Array.from({ length: 40 }, (_, i) => `word${i}`).join(' ');
    const cut = textsOf(long, 16);
    expect(cut.map(countTokens)).toEqual([16, 16, 8]);
    expect(cut.join(' ')).toBe(long);
    expect(textsOf(`${'😀'.repeat(20)}end`, 16)).toEqual(['😀'.repeat(16), `${'😀'.repeat(4)}end`]);
  });
});

describe('lists, tables and code', () => {
  it('keep an item whole', () => {
    const text =
      'Call now when:\n- you bleed a lot. Very much.\n- you have pain\n  that stays.\n1. first\n2. second thing';
    expect(textsOf(text, 14)).toEqual([
      'Call now when:\n- you bleed a lot. Very much.',
      '- you have pain\n  that stays.\n1. first',
      '2. second thing',
    ]);
  });

  it('keep a table and a fence whole where they fit, else cut at lines', () => {
    const table = '| a | b |\n|---|---|\n| 1 | 2 |';
    expect(textsOf(`Before it.\n\n${table}\n\nAfter.`, 21)).toEqual(['Before it.', `${table}\n\nAfter.`]);
    const code = '```\nlet a = 1;\n\nlet b = 2;\nlet c = 3;\n```';
    expect(textsOf(code, 16)).toEqual(['```\nlet a = 1;\n\nlet b = 2;', 'let c = 3;\n```']);
  });

  it('repeat the header of a table that is cut above each further part (F19)', () => {
    const header = '| Clinic | Fee |\n|---|---|';
    const rows = Array.from({ length: 6 }, (_, i) => `| Clinic ${i} | ${i} euro |`);
    const chunks = chunksOf(`Fees of this year.\n\n${header}\n${rows.join('\n')}\n\nAfter.`, 32);
    expect(chunks.map(({ text, context }) => [context, text])).toEqual([
      [undefined, `Fees of this year.\n\n${header}\n${rows[0]}`],
      [header, `${rows[1]}\n${rows[2]}`],
      [header, `${rows[3]}\n${rows[4]}`],
      [header, `${rows[5]}\n\nAfter.`],
    ]);
    expect(passageText(chunks[1]!)).toBe([header, rows[1], rows[2]].join('\n'));
  });

  it('repeat the lead-in of a list that is cut, and the items above, and never leave a lead-in behind (F19)', () => {
    const text =
      'The clinic is open. Bring with you:\n\n- your card\n- a list of drugs:\n  - the daily ones\n  - the others';
    const cut = chunksOf(text, 11).map((chunk) => [chunk.context, chunk.text]);
    expect(cut).toEqual([
      [undefined, 'The clinic is open.'],
      [undefined, 'Bring with you:\n\n- your card'],
      ['Bring with you:', '- a list of drugs:'],
      ['Bring with you:', '- the daily ones\n  - the others'],
    ]);
    const roomier = chunksOf(text, 24).map((chunk) => [chunk.context, chunk.text]);
    expect(roomier[1]).toEqual(['Bring with you:\n- a list of drugs:', '- the others']);
    expect(chunksOf('One is here.\n\n- a b c d e\n- f g h i j', 8).map(({ context }) => context)).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
  });

  it('repeat the lead-in of a list that was run into its paragraph', () => {
    const text = 'It rises with the following:     - Age over 65.    - A diet with much fat.         Tell a doctor.';
    expect(chunksOf(text, 12).map(({ context, text: own }) => [context, own])).toEqual([
      [undefined, 'It rises with the following:     - Age over 65.'],
      ['It rises with the following:', '- A diet with much fat.'],
      [undefined, 'Tell a doctor.'],
    ]);
  });

  it('leave out rules, and never reach across them', () => {
    expect(textsOf('One.\n\nTwo.\n\n***\n\nThree.')).toEqual(['One.\n\nTwo.', 'Three.']);
  });
});

describe('text that is not Markdown (F26)', () => {
  const textDocument = (text: string): Document => ({ ...documentOf(text), format: 'text' });

  it('has no headings, lists, tables, code or rules: blank lines part paragraphs', () => {
    const text = 'NOTES\n# One holds two litres.\n---\n```\n\n| a | b |\n|---|---|\n- c\n\n***\n';
    const chunks = chunkDocument(textDocument(text), { maxTokens: 100 });
    expect(chunks.map((chunk) => [chunk.text, chunk.headings])).toEqual([[text.trim(), ['Title']]]);
  });

  it('is cut at line ends where lines are no sentences', () => {
    const lines = Array.from({ length: 12 }, (_, i) => `kettle ${i} of the shop`);
    const chunks = chunkDocument(textDocument(lines.join('\n')), { maxTokens: 17 });
    expect(chunks.map(({ text }) => text.split('\n'))).toEqual(
      Array.from({ length: 4 }, (_, i) => lines.slice(3 * i, 3 * i + 3)),
    );
  });
});

it('takes a heading that is too long to be one for text', () => {
  const long = 'word '.repeat(60).trim();
  expect(chunksOf(`# ${long}\n\nOne.`, 100).map((chunk) => [chunk.text, chunk.headings])).toEqual([
    [`# ${long}\n\nOne.`, ['Title']],
  ]);
});

it('keeps preformatted text together, whatever its lines begin with', () => {
  const text = '<pre>\n# One holds two litres.\n\n- ls\n</pre>\n\nTwo.';
  expect(chunksOf(text, 40).map((chunk) => [chunk.text, chunk.headings])).toEqual([[text, ['Title']]]);
});

it('every character of any document is in exactly one chunk, a heading or a rule (F19, F25)', () => {
  const part = fc.constantFrom(
    '# ',
    '## Heading\n',
    '- ',
    '  - ',
    '1. ',
    '| a | b |\n',
    '|---|---|\n',
    '| 1 | 2 |\n',
    '```\n',
    '~~~\n',
    '> ',
    '***\n',

    '\n',
    '\n',
    '\n\n',
    ' ',
    '    ',
    '\t',
    'word ',
    'One sentence here. ',
    'The following:',
    ': ',
    '<pre>\n',
    '</pre>\n',
    '---\n',

    '===\n',
    '月经周期。',
    'a'.repeat(90),
    '😀',
    '<!--',
    '-->',
    '\u2028',
    '\u00a0',
    '\u0301',
    '    - item   - item',
  );
  const format = fc.constantFrom('markdown' as const, 'text' as const);
  fc.assert(
    fc.property(fc.array(part, { maxLength: 60 }), format, fc.integer({ min: 16, max: 64 }), (parts, of, maxTokens) => {
      const text = parts.join('');
      const chunks = chunkDocument({ ...documentOf(text), format: of }, { maxTokens });
      expectSound(text, chunks, maxTokens);
      const headings =
        of === 'text' ? [] : [...blocks(text)].filter(({ kind }) => kind === 'heading' || kind === 'break');
      const covered = [...chunks, ...headings].sort((a, b) => a.start - b.start);
      let from = 0;
      let between = '';
      for (const { start, end } of covered) {
        expect(start).toBeGreaterThanOrEqual(from);
        between += text.slice(from, start);
        from = end;
      }
      expect((between + text.slice(from)).trim()).toBe('');
    }),
    { numRuns: 500 },
  );
});

it('gives no chunk for headings alone', () => {
  expect(chunksOf('# A\n\n## B\n')).toEqual([]);
});

/** Mulberry32: small, seeded, good enough to make documents. */
function randomOf(seed: number) {
  let state = seed;
  return (below: number) => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return Math.floor((((t ^ (t >>> 14)) >>> 0) / 2 ** 32) * below);
  };
}

const WORDS = [
  'cycle',
  'naïve',
  'e\u0301tude',
  '月经周期',
  'цикл',
  'दिन',
  '28',
  '3.5',
  "don't",
  '🩸',
  '👩‍⚕️',
  'well-being',
  '(see',
  'x)',
  'الدورة',
  '%',
  '|',
  '#',
  '*a*',
];

describe.each([16, 17, 40, 160])('any document with a budget of %i', (maxTokens) => {
  it('is cut soundly: every sentence in exactly one chunk, in order, nothing lost', () => {
    for (let seed = 0; seed < 120; seed += 1) {
      const random = randomOf(seed * 1000 + maxTokens);
      const gap = () => [' ', ' ', ' ', '  ', '\n'][random(5)] ?? ' ';
      let number = 0;
      const kept: string[] = [];
      const sentence = (joint: () => string) => {
        const length = random(12) === 0 ? 60 + random(60) : random(9);
        const words = Array.from({ length }, () => WORDS[random(WORDS.length)] ?? '').map((word) => joint() + word);
        const made = `Sentence${seed}x${(number += 1)}${words.join('')} end.`;
        kept.push(made);
        return made;
      };
      const space = () => ' ';
      const several = (make: () => string, joint: string) => Array.from({ length: 1 + random(4) }, make).join(joint);
      const makers = [
        () => `${'#'.repeat(1 + random(6))} Heading ${random(99)} ${WORDS[random(8)]}`,
        () => several(() => sentence(gap).replace(/\n(?=[|#*])/g, ' '), ' '),
        () => several(() => sentence(gap).replace(/\n(?=[|#*])/g, ' '), ' '),
        () => several(() => `- ${(kept.push('-'), sentence(space))}`, '\n'),
        () => (kept.push('```'), `\`\`\`\n${several(() => sentence(space), '\n')}\n${(kept.push('```'), '```')}`),
        () => '***',
      ];
      const parts = Array.from({ length: 1 + random(12) }, () => (makers[random(makers.length)] ?? space)());
      const text = parts.join('\n\n');
      const chunks = chunksOf(text, maxTokens);
      expectSound(text, chunks, maxTokens);
      expect(squeeze(chunks.map((chunk) => chunk.text).join(' '))).toBe(squeeze(kept.join(' ')));
      for (const made of kept.filter((text) => text.length > 3 && countTokens(`- ${text}`) <= maxTokens)) {
        const holding = chunks.filter((chunk) => squeeze(chunk.text).includes(squeeze(made)));
        expect(holding, made).toHaveLength(1);
      }
    }
  });
});

it('any characters at all are cut soundly', () => {
  const characters = [
    'a',
    'é',
    '月',
    '😀',
    '\u200d',
    '\ufe0f',
    '\u0301',
    '\u2028',
    '\u00a0',
    '!',
    '. ',
    '.',
    '#',
    '# ',
    '`',
    '```',
    '---',
    '- ',
    '1. ',
    '|',
    '>',
    '<!--',
    '-->',
    '\t',
    ' ',
    ' ',
    '\n',
    '\n',
    '\n\n',
    '=',
  ];
  for (let seed = 0; seed < 600; seed += 1) {
    const random = randomOf(seed);
    const text = Array.from({ length: random(120) }, () => characters[random(characters.length)] ?? '').join('');
    expectSound(text, chunksOf(text, 16), 16);
  }
});
