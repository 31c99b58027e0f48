import fc from '../../test/support/property.ts';
import { describe, expect, it } from 'vitest';
import type { Passage } from '../../schema/data.ts';
import { Coverage } from './coverage.ts';
import type { Example, TeacherSkip } from '../../schema/data.ts';
import { unitsOf } from '../../documents/units.ts';

const TEXT = `The shop opens at nine. It closes at six. A damaged battery must never be charged.

- Helmets are lent.
- Locks are sold.

| Service | Price |
| --- | --- |
| Brakes | 42 euro |
`;
const passage: Passage = { id: 'shop#0', documentId: 'shop', text: TEXT };
const at = (quote: string) => ({
  chunkId: 'shop#0',
  start: TEXT.indexOf(quote),
  end: TEXT.indexOf(quote) + quote.length,
});
const about = (...quotes: string[]): Pick<Example, 'chunkId' | 'spans'> => ({
  chunkId: 'shop#0',
  spans: quotes.map(at),
});

/** Reason by unit's text, after all was said. */
function account(
  fates: [Pick<Example, 'chunkId' | 'spans'>, string | undefined][],
  options: { skips?: TeacherSkip[]; passages?: Passage[] } = {},
) {
  const { skips = [], passages = [passage] } = options;
  const coverage = new Coverage();
  for (const one of passages) coverage.addPassage(one);
  for (const [example, reason] of fates) coverage.addExample(example, reason);
  for (const skip of skips) coverage.addSkip(skip);
  const rows = passages.flatMap((one) => [...coverage.rows(one)]);
  return {
    reasons: Object.fromEntries(rows.map(({ text, reason }) => [text, reason])),
    rows,
    counts: coverage.counts(),
  };
}

describe('what became of every statement (N1)', () => {
  it('says of each why it gave no pair, the nearest cause first', () => {
    const { reasons, counts } = account(
      [
        [about('The shop opens at nine.'), undefined],
        [about('The shop opens at nine.'), 'duplicate'],
        [about('It closes at six.'), 'grounded'],
        [about('It closes at six.'), 'safe'],
        [about('It closes at six.'), 'safe'],
        [{ chunkId: 'shop#0', spans: [] }, 'unparseable'],
      ],
      { skips: [{ ...at('Helmets are lent.'), why: 'no-statement' }] },
    );
    expect(reasons).toEqual({
      'It closes at six.': 'safe',
      'A damaged battery must never be charged.': 'unparseable',
      'Helmets are lent.': 'no-statement',
      'Locks are sold.': 'unparseable',
      '| Brakes | 42 euro |': 'unparseable',
    });
    expect(counts).toEqual({
      unitsTotal: 6,
      unitsCovered: 1,
      unitsSkipped: { 'no-statement': 1, safe: 1, unparseable: 3 },
      worstDocuments: [{ documentId: 'shop', units: 6, covered: 1 }],
    });
  });

  it('lists what was never asked, and what no teacher was shown', () => {
    expect(new Set(Object.values(account([]).reasons))).toEqual(new Set(['not-asked']));
    const withheld = account([], { passages: [{ ...passage, withheld: 'instruction' }] });
    expect(withheld.counts.unitsSkipped).toEqual({ instruction: 6 });
  });

  it('says of the same words again that they repeat what gave a pair', () => {
    const text = 'Tea is served. Coffee is free. Tea is served.';
    const twice: Passage = { id: 'a#0', documentId: 'a', text };
    const kept = { chunkId: 'a#0', spans: [{ chunkId: 'a#0', start: 0, end: 14 }] };
    const { rows } = account([[kept, undefined]], { passages: [twice] });
    expect(rows.map(({ text: said, reason }) => [said, reason])).toEqual([
      ['Coffee is free.', 'not-asked'],
      ['Tea is served.', 'repeated'],
    ]);
  });

  it('leaves imported pairs and unknown passages out of it', () => {
    const { counts } = account([
      [{ chunkId: 'import/ours.csv', spans: [] }, 'grounded'],
      [{ chunkId: 'gone#3', spans: [{ chunkId: 'gone#3', start: 0, end: 9 }] }, undefined],
    ]);
    expect(counts.unitsSkipped).toEqual({ 'not-asked': 6 });
  });

  it('writes out what can not be stored as text', () => {
    const { rows } = account([], { passages: [{ ...passage, text: 'A half \ud83d of it.' }] });
    expect(rows[0]?.text).toBe('A half \\uD83D of it.');
  });

  const block = fc.constantFrom(
    'The pill is taken daily. It is safe!',
    '- one thing\n- another thing',
    '| a | b |\n| - | - |\n| 1 | 2 |\n| 3 | 4 |',
    '# Heading',
    '```\ncode\n```',
  );
  const text = fc.oneof(
    fc.array(block, { maxLength: 6 }).map((blocks) => blocks.join('\n\n')),
    fc.string({ unit: 'binary', maxLength: 200 }),
  );
  it('accounts for all of any document, whatever became of its pairs', () =>
    fc.assert(
      fc.property(
        fc.array(text, { maxLength: 4 }),
        fc.array(
          fc.record({
            of: fc.nat(4),
            start: fc.nat(220),
            length: fc.nat(80),
            fate: fc.option(fc.constantFrom('grounded', 'failed', 'over-target'), { nil: undefined }),
            spanless: fc.boolean(),
            skip: fc.boolean(),
          }),
          { maxLength: 30 },
        ),
        (texts, things) => {
          const passages = texts.map((one, i): Passage => ({ id: `d#${i}`, documentId: `d${i % 2}`, text: one }));
          const fates: Parameters<typeof account>[0] = [];
          const skips: TeacherSkip[] = [];
          for (const { of, start, length, fate, spanless, skip } of things) {
            const span = { chunkId: `d#${of}`, start, end: start + length };
            if (skip) skips.push({ ...span, why: 'question' });
            else fates.push([{ chunkId: span.chunkId, spans: spanless ? [] : [span] }, fate]);
          }
          const { rows, counts } = account(fates, { skips, passages });
          const units = passages.flatMap((one) => unitsOf(one.text).map((unit) => ({ of: one.id, ...unit })));
          const covered = units.filter((unit) =>
            fates.some(
              ([{ spans }, fate]) =>
                fate === undefined &&
                spans.some((span) => span.chunkId === unit.of && span.start < unit.end && unit.start < span.end),
            ),
          );
          expect(counts.unitsTotal).toBe(units.length);
          expect(counts.unitsCovered).toBe(covered.length);
          expect(rows.map(({ chunkId, start, end, kind }) => `${chunkId} ${start} ${end} ${kind}`)).toEqual(
            units
              .filter((unit) => !covered.includes(unit))
              .map(({ of, start, end, kind }) => `${of} ${start} ${end} ${kind}`),
          );
          expect(Object.values(counts.unitsSkipped).reduce((sum, n) => sum + n, 0)).toBe(rows.length);
          expect(rows.every(({ reason }) => reason !== '')).toBe(true);
        },
      ),
    ));
});
