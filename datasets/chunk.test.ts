import { describe, expect, it } from 'vitest';
import { chunkDocument } from './chunk.ts';
import { ChunkSchema, type Chunk, type Document } from './schema.ts';
import { countTokens } from './text.ts';

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
    expect(textsOf(text, 13)).toEqual([
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

  it('leave out comments and rules, and never reach across them', () => {
    expect(textsOf('One.\n\n<!-- a\n\nb -->\n\nTwo.\n\n***\n\nThree.')).toEqual(['One.', 'Two.', 'Three.']);
  });
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
