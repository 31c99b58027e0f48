import { readdirSync, readFileSync } from 'node:fs';
import fc from '../../test/support/property.ts';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { sentences } from '../../language/text.ts';
import { KNOWN_FROM, TaughtIndex, type Taken } from './taught.ts';

const createTaught = (training: readonly Taken[]) => {
  const index = new TaughtIndex();
  for (const one of training) index.add(one);
  return (asked: { question: string; references: string[] }) => index.find(asked);
};

/** The sample's questions with the sentences of its articles that state what they ask for, as a person found them. */
const LabelSchema = z.strictObject({ question: z.string(), statedBy: z.array(z.string()).min(1) });
const GoldenSchema = z.looseObject({ question: z.string(), answer: z.string() });
const lines = <T>(path: string, schema: z.ZodType<T>): T[] =>
  readFileSync(new URL(path, import.meta.url), 'utf8')
    .trim()
    .split('\n')
    .map((line) => schema.parse(JSON.parse(line)));
const sample = '../../datasets/samples/womens-health/';
const golden = lines(`${sample}golden.jsonl`, GoldenSchema);
const statedBy = new Map(lines('./taught.labels.jsonl', LabelSchema).map((one) => [one.question, one.statedBy]));

/** Each sentence of the articles as an answer, with a question such as people and teachers ask. */
const folder = new URL(`${sample}articles/`, import.meta.url);
const facts: Taken[] = readdirSync(folder).flatMap((file) =>
  readFileSync(new URL(file, folder), 'utf8')
    .split('\n')
    .filter((line) => /^[A-Z].*\.$/.test(line))
    .flatMap((line) => sentences(line).map(({ text }) => ({ question: `Is it true? ${text}`, answer: text }))),
);

function errorsOn(training: Taken[]) {
  const taught = createTaught(training);
  const answers = new Set(training.map(({ answer }) => answer));
  const judged = golden.map(({ question, answer }) => ({
    known: statedBy.get(question)!.some((sentence) => answers.has(sentence)),
    said: taught({ question, references: [answer] }).known,
  }));
  return {
    known: judged.filter((one) => one.known).length,
    missed: judged.filter((one) => one.known && !one.said).length,
    falselyKnown: judged.filter((one) => !one.known && one.said).length,
  };
}

/** Every second fact or so, chosen by seed. */
const half = (seed: number) =>
  facts.filter((_, at) => ((at + 1) * 2654435761 * (2 * seed + 1)) % 4294967296 < 2147483648);

describe('which questions ask for a fact that was trained on', () => {
  it('is told within its stated error on the sample, whole and with half of its facts left out, and printed', () => {
    const rows = [facts, half(1), half(2), half(3)].map((training, at) => ({
      training: at === 0 ? 'all facts' : `half of them, draw ${at}`,
      facts: training.length,
      questions: golden.length,
      ...errorsOn(training),
    }));
    console.table(rows);
    const errors = rows.reduce((sum, { missed, falselyKnown }) => sum + missed + falselyKnown, 0);
    console.log(
      `known or new: ${((100 * errors) / (4 * golden.length)).toFixed(1)}% of ${4 * golden.length} told wrongly`,
    );
    expect(golden.filter(({ question }) => !statedBy.has(question))).toEqual([]);
    for (const { missed, falselyKnown } of rows) expect(missed + falselyKnown).toBeLessThanOrEqual(0.2 * golden.length);
    expect(errors).toBeLessThanOrEqual(0.15 * 4 * golden.length);
  });

  it('names the nearest training question', () => {
    const taught = createTaught([
      { question: 'How long does a cycle last?', answer: 'A cycle lasts 21 to 35 days.' },
      { question: 'How long is a kettle warm?', answer: 'The kettle is warm for an hour.' },
    ]);
    expect(taught({ question: 'is 24 days ok', references: ['Yes, a cycle of 21 to 35 days is fine.'] })).toMatchObject(
      {
        known: true,
        nearest: 'How long does a cycle last?',
      },
    );
    expect(taught({ question: 'who rides a bicycle', references: ['A bicycle rider.'] })).toEqual({
      known: false,
      score: 0,
    });
  });

  it('asks that half of the sentences of a right answer are taught, and takes the best of several', () => {
    const taught = createTaught([
      { question: 'How warm is the kettle?', answer: 'The kettle is 90 degrees warm.' },
      { question: 'Who made it?', answer: 'A smith from Solingen made it.' },
    ]);
    const [one, other] = ['The kettle is 90 degrees warm.', 'Copper conducts heat well.'];
    const known = (...references: string[]) => taught({ question: 'tell me', references }).known;
    expect(known(`${one} ${other}`)).toBe(true);
    expect(known(`${one} ${other} Rust is brown.`)).toBe(false);
    expect(known(`${one} ${other} Rust is brown.`, one!)).toBe(true);
  });

  it('knows a training pair itself, and nothing without training', () => {
    const word = fc.constantFrom('kettle', 'blue', 'litre', 'water', 'lid', 'stove', 'handle', 'copper', '12', '250');
    const text = fc.array(word, { minLength: 2, maxLength: 6 }).map((words) => words.join(' '));
    fc.assert(
      fc.property(text, text, fc.array(fc.record({ question: text, answer: text })), (question, answer, others) => {
        const asked = { question, references: [answer] };
        expect(createTaught([])(asked)).toEqual({ known: false, score: 0 });
        const { known, score } = createTaught([...others, { question, answer }])(asked);
        expect({ known, score }).toEqual({ known: true, score: 1 });
        expect(score).toBeGreaterThanOrEqual(KNOWN_FROM);
      }),
      { numRuns: 100 },
    );
  });
});
