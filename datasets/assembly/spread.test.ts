import fc from '../../test/support/property.ts';
import { describe, expect, it } from 'vitest';
import { SplitSchema } from '../../configs/schema.ts';
import type { Wording } from '../../schema/data.ts';
import { splitWordings } from './split.ts';
import { limitOpeners, openerOf, yesNoSurplus } from './spread.ts';

let count = 0;
const row = (fields: Partial<Wording>): Wording => ({
  id: `r${String((count += 1)).padStart(5, '0')}`,
  factId: 'f',
  chunkId: 'd#0',
  kind: 'factual',
  question: 'q',
  ...fields,
});

describe('a fact’s wordings (F28)', () => {
  it.each([
    ['How long does it last?', 'how long'],
    ['  HOW LONG, then?', 'how long'],
    ['“Tell me” more', 'tell me'],
    ["What's it?", "what's it"],
    ['Why?', 'why'],
    ['?!', ''],
  ])('of %j the opener is %j', (question, opener) => expect(openerOf(question)).toBe(opener));

  it('begin differently: of four with one opener the first by id stays, of ten two', () => {
    const four = Array.from({ length: 4 }, () => row({ opener: 'what is' }));
    const { kept, leftOut } = limitOpeners(four);
    expect(kept).toEqual(four.slice(0, 1));
    expect(leftOut[0]).toMatchObject({
      reason: 'same-opener',
      why: '4 of 4 wordings of the fact begin with "what is"; 1 may',
    });
    const spread = Array.from({ length: 8 }, (_, i) => row({ opener: `how ${i}` }));
    expect(limitOpeners([...spread, ...four]).kept).toHaveLength(10);
  });

  it('share an opener in no more than a fifth of what is kept, whatever came in, each fact for itself', () =>
    fc.assert(
      fc.property(
        fc.array(fc.record({ fact: fc.nat(2), opener: fc.option(fc.nat(5), { nil: undefined }) }), { maxLength: 60 }),
        (rows) => {
          const given = rows.map(({ fact, opener }) =>
            row({ factId: `f${fact}`, ...(opener !== undefined && { opener: `o${opener}` }) }),
          );
          const { kept, leftOut } = limitOpeners(given);
          expect(kept.length + leftOut.length).toBe(given.length);
          for (const wordings of Map.groupBy(kept, ({ factId }) => factId).values()) {
            const made = wordings.filter(({ opener }) => opener !== undefined);
            for (const alike of Map.groupBy(made, ({ opener }) => opener).values())
              expect(alike.length).toBeLessThanOrEqual(Math.max(1, Math.floor(made.length / 5)));
          }
          // Imported wordings are as they are, and no opener is lost altogether.
          expect(leftOut.every(({ row: { opener } }) => opener !== undefined)).toBe(true);
          const openers = (some: Wording[]) => new Set(some.map(({ factId, opener }) => `${factId} ${opener}`));
          expect(openers(kept)).toEqual(openers(given));
        },
      ),
    ));
});

describe('answers that say yes or no (F28)', () => {
  it('are as many of each, or none', () => {
    const yes = Array.from({ length: 5 }, (_, i) => row({ factId: `y${i}`, says: 'yes' }));
    const no = Array.from({ length: 2 }, (_, i) => row({ factId: `n${i}`, says: 'no' }));
    const surplus = yesNoSurplus([...yes, row({}), ...no], 17);
    expect(surplus).toHaveLength(3);
    expect(surplus[0]).toMatchObject({ reason: 'yes-no-balance', row: { says: 'yes' } });
    expect(yesNoSurplus(yes, 17)).toHaveLength(5);
    expect(yesNoSurplus([...yes.slice(0, 2), ...no], 17)).toEqual([]);
  });

  it('balance in what is kept below a target too, and nothing is lost', () =>
    fc.assert(
      fc.asyncProperty(
        fc.array(fc.record({ fact: fc.nat(12), says: fc.constantFrom('yes', 'no', undefined) }), { maxLength: 60 }),
        fc.integer({ min: 1, max: 40 }),
        async (given, target) => {
          const rows = given.map(({ fact, says }, i) =>
            row({ factId: `f${fact}${says ?? ''}`, question: `w${i} x${i} y${i}`, ...(says && { says }) }),
          );
          const split = SplitSchema.parse({});
          const { train, validation, test, leftOut } = await splitWordings({
            rows,
            split,
            seed: 17,
            generation: { target },
          });
          const kept = [...train, ...validation, ...test];
          const saying = (word: string) => kept.filter(({ says }) => says === word).length;
          expect(saying('yes')).toBe(saying('no'));
          expect(kept.length).toBeLessThanOrEqual(target);
          expect([...kept, ...leftOut.map(({ row: one }) => one)].map(({ id }) => id).sort()).toEqual(
            rows.map(({ id }) => id).sort(),
          );
        },
      ),
      { numRuns: 60 },
    ));
});
