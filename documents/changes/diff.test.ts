import { describe, expect, it, vi } from 'vitest';
import { RunConfigSchema } from '../../configs/schema.ts';
import fc from '../../test/support/property.ts';
import type { Document } from '../../schema/data.ts';
import { chunksOf } from '../chunk.ts';
import { diffStatements } from './diff.ts';
import { statementsOf } from './statements.ts';

const { maxTokens } = RunConfigSchema.parse({ name: 'a', documents: 'b' }).chunking;

/** Statements of documents by id, cut into passages of some size. */
const read = (documents: Record<string, string>, tokens = maxTokens) =>
  Object.entries(documents).flatMap(([id, text]) => {
    const document: Document = { id, uri: `file:///${id}`, sha256: id, title: id, metadata: {}, text };
    return [...chunksOf(document, { maxTokens: tokens })].flatMap(statementsOf);
  });
const diff = (before: string | Record<string, string>, after: string | Record<string, string>) => {
  const [one, other] = [before, after].map((side) => (typeof side === 'string' ? { shop: side } : side));
  return diffStatements(read(one!), read(other!)).changes;
};
const told = (changes: ReturnType<typeof diff>) =>
  changes.map(({ kind, was, is }) => `${kind}: ${was.join(' ')} -> ${is.join(' ')}`);

const TABLE = (full: string) =>
  `# Prices\n\nAll prices include labour.\n\n| Service | Price |\n| --- | --- |\n| Full service | ${full} EUR |\n| Chain | 18 EUR |\n| Brakes | 24 EUR |\n`;

describe('a statement that says something else', () => {
  it('is told with what was and what is: a price in a sentence, a list, a table', () => {
    expect(told(diff('A full service costs 42 euros.', 'A full service costs 45 euros.'))).toEqual([
      'changed: 42 -> 45',
    ]);
    expect(told(diff('- Full service: 42 EUR\n- Chain: 18 EUR', '- Full service: 45 EUR\n- Chain: 18 EUR'))).toEqual([
      'changed: 42 -> 45',
    ]);
    const [change] = diff(TABLE('42'), TABLE('45'));
    expect(change).toMatchObject({
      before: { text: 'Service: Full service; Price: 42 EUR' },
      after: { documentId: 'shop', text: 'Service: Full service; Price: 45 EUR' },
    });
  });

  it('is found in its passage by its offsets, behind markup too', () => {
    const text = 'We like bicycles.\n\nA **full** service costs [45 euros](http://x.y/z "now"). It takes a day.';
    const document: Document = { id: 'shop', uri: 'x', sha256: 'x', title: 'x', metadata: {}, text };
    const chunks = [...chunksOf(document, { maxTokens })];
    const { changes } = diffStatements(read({ shop: text.replace('45', '42') }), chunks.flatMap(statementsOf));
    expect(changes).toHaveLength(1);
    const { chunkId, start, end } = changes[0]!.after!;
    expect(chunks.find(({ id }) => id === chunkId)!.text.slice(start, end)).toBe(
      'A **full** service costs [45 euros](http://x.y/z "now").',
    );
  });

  it.each([
    ['a negation', 'You may park here.', 'You may not park here.', 'changed:  -> not'],
    ['a name', 'Ask Marta about leave.', 'Ask Jonas about leave.', 'changed: Marta -> Jonas'],
    ['a currency', 'It costs 42 € a day.', 'It costs 42 $ a day.', 'changed: € -> $'],
    ['a bound', 'Tyres last at most 3 years.', 'Tyres last at least 3 years.', 'changed: most -> least'],
    ['a sign', 'Store it at -5 degrees or less.', 'Store it at 5 degrees or less.', 'changed:  -> '],
    ['may and must', 'Staff may wear gloves.', 'Staff must wear gloves.', 'changed: may -> must'],
  ])('%s', (_what, before, after, expected) => {
    expect(told(diff(before, after))).toEqual([expected]);
  });

  it('is added or removed where nothing else is like it', () => {
    expect(told(diff('We sell lamps.', 'We sell lamps. A helmet test takes ten minutes.'))).toEqual([
      'added:  -> A helmet test takes ten minutes',
    ]);
    expect(told(diff('We sell lamps. A helmet test takes ten minutes.', 'We sell lamps.'))).toEqual([
      'removed: A helmet test takes ten minutes -> ',
    ]);
  });

  it('hangs on its lead-in: an item below another one says something else', () => {
    const list = (leadIn: string) => `${leadIn}\n\n- oil the chain\n- wash the frame`;
    const kinds = diff(list('Always do this:'), list('Never do this:')).map(({ kind }) => kind);
    expect(kinds).toEqual(['changed', 'changed', 'changed']);
  });

  it('names the document that still says what was said before', () => {
    const price = (n: number) => `A full service costs ${n} euros.`;
    expect(diff({ a: price(42), b: price(42) }, { a: price(45), b: price(42) })).toMatchObject([
      { kind: 'changed', was: ['42'], is: ['45'], stillIn: 'b' },
    ]);
  });

  it('goes with the statement of its own section where several say the same', () => {
    const text = (n: number) => `# Shop\n\n## Service\n\nIt costs 42 euros.\n\n## Chain\n\nIt costs ${n} euros.\n`;
    expect(told(diff(text(42), text(45)))).toEqual(['changed: 42 -> 45']);
  });
});

describe('no change', () => {
  const TEXT = `# Shop\n\nA full service costs 42 euros. It takes two days.\n\n${'We are open on Monday, Tuesday and Friday. '.repeat(3)}\n\nBring the following:\n\n- the *key*\n- a lock\n\n${TABLE('42')}`;
  it.each([
    [
      'another order of paragraphs',
      (t: string) =>
        t.split('\n\n').slice(1, 3).toReversed().join('\n\n') + '\n\n' + t.split('\n\n').slice(3).join('\n\n'),
    ],
    ['other line ends within paragraphs', (t: string) => t.replace('euros. It', 'euros.\nIt')],
    ['emphasis', (t: string) => t.replace('42 euros.', '**42 euros.**').replace('two days', '_two_ `days`')],
    ['a link', (t: string) => t.replace('full service', '[full service](https://a.b/c_d_e)')],
    ['other bullets', (t: string) => t.replace('- the *key*\n- a lock', '* the key\n* a lock')],
    ['wider columns', (t: string) => t.replace('| Chain | 18 EUR |', '|   Chain    |   18 EUR    |')],
    ['another heading', (t: string) => t.replace('# Shop', '# The shop')],
    ['quotation marks and dashes', (t: string) => t.replace('two days', 'two\u00a0days')],
    ['a statement that is repeated', (t: string) => `${t}\n\nIt takes two days.`],
  ])('%s', (_what, edit) => {
    expect(diff(TEXT, edit(TEXT))).toEqual([]);
    expect(diff(edit(TEXT), TEXT)).toEqual([]);
  });

  it('a document under another name, and passages that are cut otherwise', () => {
    expect(diff({ a: TEXT }, { b: TEXT })).toEqual([]);
    const long = `${'Bring:\n\n'}${Array.from({ length: 40 }, (_, i) => `- thing number ${i} of the list`).join('\n')}`;
    for (const tokens of [24, 40, 90])
      expect(diffStatements(read({ a: long }), read({ a: long }, tokens)).changes).toEqual([]);
  });

  it('other small words are told as reworded', () => {
    expect(diff('The service costs 42 euros.', 'A service costs 42 euros.')).toMatchObject([{ kind: 'reworded' }]);
    expect(diff('It takes two weeks to repair.', 'It takes 14 days to repair.')).toMatchObject([{ kind: 'reworded' }]);
  });
});

const NAMES = ['full service', 'chain', 'brakes', 'saddle', 'lamp', 'tyre', 'lock', 'bell'];
const sentence = fc
  .tuple(fc.constantFrom(...NAMES), fc.integer({ min: 1, max: 99 }), fc.constantFrom('costs', 'takes', 'lasts'))
  .map(([name, n, verb]) => `A ${name} ${verb} ${n} units.`);
const paragraph = fc.array(sentence, { minLength: 1, maxLength: 4 }).map((some) => some.join(' '));
const text = fc.array(paragraph, { maxLength: 5 }).map((some) => some.join('\n\n'));
const anything = fc.oneof(
  text,
  fc.string({ unit: 'grapheme', maxLength: 200 }),
  fc.string({
    unit: fc.constantFrom('*', '_', '`', '~', '[', ']', '(', ')', '|', '-', '\n', ' ', 'a', '.', '\\', '<', '>'),
    maxLength: 80,
  }),
);

describe('for any documents', () => {
  it('nothing is thrown, and offsets lie in passages', () => {
    fc.assert(
      fc.property(anything, anything, (before, after) => {
        const document: Document = { id: 'x', uri: 'x', sha256: 'x', title: 'x', metadata: {}, text: after };
        const chunks = [...chunksOf(document, { maxTokens: 30 })];
        const { changes } = diffStatements(read({ x: before }, 30), chunks.flatMap(statementsOf));
        for (const { after: place } of changes) {
          if (!place) continue;
          const passage = chunks.find(({ id }) => id === place.chunkId)!;
          expect(place.end).toBeGreaterThan(place.start);
          expect(place.end).toBeLessThanOrEqual(passage.text.length);
        }
      }),
    );
  });

  it('a document is as it is, however its passages are cut', () => {
    fc.assert(
      fc.property(text, fc.integer({ min: 20, max: 90 }), (one, tokens) => {
        expect(diffStatements(read({ x: one }), read({ x: one }, tokens)).changes).toEqual([]);
      }),
    );
  });

  it('the way back is the same pairs the other way round', () => {
    const key = (changes: ReturnType<typeof diff>, back = false) =>
      changes
        .map(({ kind, before, after }) => {
          const [from, to] = back ? [after, before] : [before, after];
          const turned = back
            ? { added: 'removed', removed: 'added', changed: 'changed', reworded: 'reworded' }[kind]
            : kind;
          return `${turned}: ${from?.text ?? ''} -> ${to?.text ?? ''}`;
        })
        .sort();
    fc.assert(
      fc.property(text, text, (one, other) => {
        expect(key(diff(other, one), true)).toEqual(key(diff(one, other)));
      }),
    );
  });

  it('moved paragraphs are no change, and each changed number is one', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.constantFrom(...NAMES), { minLength: 1 }),
        fc.context(),
        fc.infiniteStream(fc.nat()),
        (names, _context, draws) => {
          const lines = names.map((name, i) => `A ${name} costs ${10 + i} euros.`);
          const next = () => draws.next().value as number;
          const edited = lines.map((line) => (next() % 2 === 0 ? line.replace(/(\d+) euros/, '$1$1 euros') : line));
          const order = edited.map((line) => ({ line, by: next() })).sort((a, b) => a.by - b.by);
          const count = edited.filter((line, i) => line !== lines[i]).length;
          const changes = diff(lines.join('\n\n'), order.map(({ line }) => line).join('\n\n'));
          expect(changes.map(({ kind }) => kind)).toEqual(Array.from({ length: count }, () => 'changed'));
          for (const { before, after } of changes)
            expect(after!.text.replace(/\d+/, '')).toBe(before!.text.replace(/\d+/, ''));
        },
      ),
    );
  });

  it('work grows with the documents, not with their square', () => {
    const many = (count: number, price: number) => ({
      x: Array.from({ length: count }, (_, i) => `- Part ${i} of rack ${i % 97} costs ${price + (i % 7)} euros`).join(
        '\n',
      ),
    });
    /** How often something is looked for in a set of words or in an index. Other numbers each time: what was analysed once is remembered. */
    const looks = (count: number, price: number) => {
      const [before, after] = [read(many(count, price)), read(many(count, price + 500))];
      const spies = [vi.spyOn(Set.prototype, 'has'), vi.spyOn(Map.prototype, 'get')];
      try {
        expect(diffStatements(before, after).changes).toHaveLength(count);
        return spies.reduce((sum, spy) => sum + spy.mock.calls.length, 0);
      } finally {
        for (const spy of spies) spy.mockRestore();
      }
    };
    const [small, large] = [looks(60, 100), looks(480, 200)];
    expect(small).toBeGreaterThan(60);
    expect(large).toBeLessThan(8 * 2 * small);
  });
});
