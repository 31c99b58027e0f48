import fc from '../test/support/property.ts';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RunConfigSchema } from '../configs/schema.ts';
import { createFileStore } from '../artifacts/file/file-store.ts';
import { writeDataset } from '../datasets/assembly/build.ts';
import { decideDataset } from '../datasets/assembly/decide.ts';
import { readExamples } from '../datasets/files/example-rows.ts';
import { notText, spelledOut } from './plain-text.ts';
import type { Example } from './data.ts';
import { screenPair } from '../documents/screen.ts';
import { datasetInput, exampleOf } from '../test/support/examples.ts';

describe('what is no text (F23)', () => {
  it.each([
    ['half \ud83d of it', /lone surrogate.*U\+D83D, at offset 5/],
    ['low \udc00', /lone surrogate/],
    ['nul\0', /control character, U\+0000, at offset 3/],
    ['bell \u0007', /U\+0007/],
    ['c1 \u0085', /U\+0085/],
    ['delete \u007f', /U\+007F/],
  ])('is named with its place: %j', (text, problem) => {
    expect(notText(text)).toMatch(problem);
    expect(notText(spelledOut(text))).toBeUndefined();
  });

  it.each(['plain', 'tab\tand\r\nlines', '🩸 月经 naïve', '\u200b\ufeff', ''])('is none: %j', (text) => {
    expect(notText(text)).toBeUndefined();
    expect(spelledOut(text)).toBe(text);
  });

  it('is rejected before any judge sees it, and its reject can be read', () => {
    const { verdict: _verdict, ...pair } = exampleOf({ id: 'a', question: 'What?', answer: 'Half \ud83d.' });
    const filters = RunConfigSchema.parse({ name: 'a', documents: 'b' }).filters;
    const screened = screenPair({ pair, chunks: [], filters });
    expect(screened).toMatchObject({
      status: 'reject',
      example: { answer: 'Half \\uD83D.', verdict: { reasons: ['not-text'] } },
    });
  });
});

describe('a dataset of any strings (F23)', () => {
  let folder: string;
  beforeAll(async () => void (folder = await mkdtemp(join(tmpdir(), 'any-text-'))));
  afterAll(() => rm(folder, { recursive: true, force: true }));
  const store = () => createFileStore(folder);

  const build = async (examples: Example[]) => {
    const input = { ...datasetInput(examples), store: store() };
    return writeDataset({ ...input, decided: await decideDataset(input) });
  };

  const anything = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 12 }),
    fc.array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 8 }).map((units) => String.fromCharCode(...units)),
    fc.constantFrom('\ud83d', '\0', 'a\u0001b', '\udfff x'),
  );
  it('has lines to train on that any JSON reader and any UTF-8 file take, and loses none', () =>
    fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(anything, anything, anything), { minLength: 1, maxLength: 12 }),
        async (texts) => {
          const examples = [
            exampleOf({ id: 'good', question: 'What does the kettle hold?', answer: 'Two litres.' }),
            ...texts.map(([question, answer, turn], i) =>
              exampleOf({
                id: `e${i}`,
                question: `${question}${i}`,
                answer,
                history: [
                  { role: 'user', content: turn },
                  { role: 'assistant', content: 'ok' },
                ],
                preference: {
                  chosen: answer,
                  rejected: turn,
                  chosenScore: 1,
                  rejectedScore: 0,
                  margin: 1,
                  answers: 2,
                },
              }),
            ),
          ];
          const { manifest } = await build(examples);
          for (const ref of [
            manifest.chat!.train,
            manifest.chat!.validation,
            ...(manifest.preferences ? [manifest.preferences] : []),
          ]) {
            const bytes = await readFile(await store().localFile(ref));
            const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
            // JSON writes half a character as an escape, which other readers refuse.
            expect(/\\ud[89a-f]/i.test(text.replaceAll('\\\\', ''))).toBe(false);
            for (const line of text.split('\n').filter(Boolean))
              expect(notText(stringsOf(JSON.parse(line)).join(''))).toBeUndefined();
          }
          const read = (
            await Promise.all(Object.values(manifest.splits).map((ref) => readExamples({ ref, store: store() })))
          ).flat();
          expect(read.map(({ id }) => id).sort()).toEqual(examples.map(({ id }) => id).sort());
          for (const { question, answer } of read) expect(notText(question + answer)).toBeUndefined();
        },
      ),
      { numRuns: 40 },
    ));
});

const stringsOf = (value: unknown): string[] =>
  typeof value === 'string'
    ? [value]
    : typeof value === 'object' && value !== null
      ? Object.values(value).flatMap(stringsOf)
      : [];
