import { readdirSync, readFileSync } from 'node:fs';
import fc from '../../test/support/property.ts';
import { describe, expect, it } from 'vitest';
import { sentences } from '../../language/text.ts';
import { createMetric, metricNames } from '../index.ts';
import { readable } from './readable.ts';

/** Sentences of the sample's articles that have a number of two digits or more, and those that have none. */
const folder = new URL('../../datasets/samples/womens-health/articles/', import.meta.url);
const plain = readdirSync(folder)
  .flatMap((file) => readFileSync(new URL(file, folder), 'utf8').split('\n'))
  .filter((line) => /^[A-Z].*[a-z]\.$/.test(line))
  .flatMap((line) => sentences(line).map(({ text }) => text));
const numbered = plain.filter((text) => /\b[1-9]\d\b/.test(text));
/** 'Vitamin D.' and what follows it is one word to anyone. */
const sentence = fc.constantFrom(...plain.filter((text) => /[a-z]\.$/.test(text)));
const settings = { numRuns: 200 };
const condemned = (text: string, known: string[] = []) => !readable(text, known).readable;

describe('the readable check', () => {
  it('reads every sentence of the sample, and any three of them together', () => {
    expect(plain.length).toBeGreaterThan(250);
    expect(plain.filter((text) => condemned(text, [text]))).toEqual([]);
    fc.assert(
      fc.property(fc.uniqueArray(sentence, { minLength: 3, maxLength: 3 }), (three) => {
        expect(readable(three.join(' '), three)).toEqual({ readable: true });
      }),
      settings,
    );
  });

  it('condemns a number that ran into itself, where a given text has the number (N4)', () => {
    fc.assert(
      fc.property(fc.constantFrom(...numbered), fc.constantFrom('x', 'x02x', '0202'), (text, how) => {
        const broken = text.replace(/\b([1-9]\d)\b/, (digits) =>
          how === 'x' ? `${digits}${digits}` : `${digits}${how.replaceAll('x', digits)}`,
        );
        expect(condemned(broken, [text]) || /\b(?:19|20)\d\d\b/.test(broken)).toBe(true);
      }),
      settings,
    );
  });

  it('condemns a sentence said twice, or gone into itself, and a word said twice', () => {
    fc.assert(
      fc.property(sentence, fc.nat(), (text, at) => {
        const words = text.replace(/\.$/, '').split(' ');
        const doubled = words.toSpliced(at % words.length, 0, words[at % words.length]!).join(' ');
        expect(condemned(`${text} ${text}`, [text])).toBe(true);
        expect(condemned(`${text.replace(/\.$/, '')}${text}`, [text]) || words.length < 4).toBe(true);
        // '6 to 8 8 weeks': doubled numbers are for the number check; 'that that' is English.
        const english = /\d|^(?:that|had|very)$/i.test(words[at % words.length]!);
        expect(condemned(`${doubled}.`, [text]) || words.length > 18 || english).toBe(true);
      }),
      settings,
    );
  });

  it.each([
    'The blueThe blue kettle holds two litres of litres of water.',
    'The share is percent of the price.',
    'I am going to find a way to make it last. I am going to find a way to stop. I am going to find a way to go.',
    'The 3 days after giving birth at home are both related to the 3 days after giving birth at home.',
  ])('condemns %j', (text) => {
    expect(condemned(text)).toBe(true);
  });

  it.each([
    ['A clinic saw 12000 women in 2024.', '12000 women came in 2024.'],
    ['About 150000 women have it.', 'It is common.'],
    ['Call 0800123456 at any hour.', 'Call 0800123456.'],
    ['What percent of women have it is not known.', ''],
    ['The eBay listing and the HbA1c test are fine.', ''],
    ['The morning after pill is too late for the morning after pill of last month.', ''],
  ])('reads %j', (text, known) => {
    expect(readable(text, known ? [known] : [])).toEqual({ readable: true });
  });
});

describe('every metric', () => {
  const passage = 'Menopause is reached after 12 months without a period.';
  const shop = 'All prices include labour and 19 percent VAT, but no parts.';
  it.each([
    ['Menopause is reached after 120202 months without a period.', 'When is menopause reached?', passage],
    [
      'All prices include labour and 19 percent VAT, either percent VAT, but no parts.',
      'What do prices include?',
      shop,
    ],
  ])('gives nothing to %j (N4)', async (answer, question, reference) => {
    // What was found is no better or worse for an answer that nobody can read.
    const ofAnswers = metricNames().filter((name) => !name.endsWith('@5'));
    for (const name of ofAnswers) {
      const judged = await createMetric(name).judge({
        question,
        answer,
        reference,
        context: reference,
        facts: [['12 months', '19 percent']],
        mustNot: ['never'],
      });
      expect(judged).toMatchObject({ label: 'unreadable', score: 0 });
    }
  });
});
