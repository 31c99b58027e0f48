import { describe, expect, it } from 'vitest';
import fc from '../../test/support/property.ts';
import { OpenBookTrainingSchema } from '../../configs/schema.ts';
import type { Chunk } from '../../schema/data.ts';
import { memoryRetriever } from '../../test/fakes/memory-retriever.ts';
import { exampleOf } from '../../test/support/examples.ts';
import { openBookOf, passageOf } from '../../test/support/open-book.ts';
import { bookOf } from './book.ts';
import { openBookLines, type Asking } from './lines.ts';
import { saysToo } from './says-too.ts';

const LASTS = 'A copper coil lasts five years.';
const texts = [
  `A copper coil is a small device. ${LASTS} A copper coil contains no hormones.`,
  'A hormonal coil lasts eight years. A hormonal coil makes periods lighter.',
  'Copper coils last five years in most women. A coil fitting takes 20 minutes.',
  'An implant lasts three years. An implant sits in the arm.',
];
const passages = texts.map((text, i) => passageOf(`d${i}.md#0`, text, { headings: [`Topic ${i}`], start: 50 }));
const chunks = passages.map(({ id, documentId, title, headings, start, end, text }, index): Chunk => ({
  id,
  documentId,
  index,
  title,
  headings,
  start,
  end,
  text,
  tokens: 20,
}));
const at = texts[0]!.indexOf(LASTS);
const example = exampleOf({
  id: 'f1-0',
  question: 'How long does a copper coil last?',
  answer: LASTS,
  chunkId: 'd0.md#0',
  documentId: 'd0.md',
  spans: [{ chunkId: 'd0.md#0', start: at, end: at + LASTS.length }],
});
const asking = (question = example.question, of = example): Asking => ({ question, of });

const linesOf = (askings: readonly Asking[], settings: object = {}, over: Parameters<typeof openBookOf>[0] = {}) =>
  openBookLines({
    askings,
    chunks,
    book: bookOf({
      openBook: openBookOf({ unit: 'sentences', k: 3, ...over }),
      retriever: memoryRetriever(passages),
      systemPrompt: '',
      today: '2026-11-26',
    }),
    settings: OpenBookTrainingSchema.parse({ withoutRight: 0, ...settings }),
    seed: 17,
  });
const [prompt, answer] = [0, 1];
const contentOf = async (made: ReturnType<typeof linesOf>, message = prompt, line = 0) =>
  (await made).lines[line]?.messages[message]?.content ?? '';

describe('training with the book open', () => {
  it('asks below what serving finds, in the prompt that serves, and answers as the example does', async () => {
    const made = linesOf([asking()]);
    expect(await contentOf(made)).toMatch(
      /^Answer from these passages only\.\n\n\[1\] Topic \d: .*\n\[2\] Topic \d: .*\n\[3\] .*\n\nHow long does a copper coil last\?$/,
    );
    expect(await contentOf(made)).toContain(LASTS);
    expect(await contentOf(made, answer)).toBe(LASTS);
  });

  it('shows nothing else that says the same', async () => {
    const content = await contentOf(linesOf([asking()]));
    expect(content).not.toContain('in most women');
    expect(saysToo('Copper coils last five years in most women.', LASTS)).toBe(true);
    expect(saysToo('Copper coils last ten years in most women.', LASTS)).toBe(false);
  });

  it('leaves out in the order of serving what serving would not show, and says so', async () => {
    const far = asking('How long does an implant in the arm sit?');
    const made = await linesOf([far], {}, { k: 1 });
    expect(made).toMatchObject({ lines: [], tooFar: 1, notFound: [] });
    const shuffled = await contentOf(linesOf([far], { order: 'shuffled' }, { k: 2 }));
    expect(shuffled).toContain(LASTS);
  });

  it('says what no passage of the index has', async () => {
    const gone = exampleOf({ id: 'gone', question: 'What of the cap?', chunkId: 'd9.md#0', spans: [] });
    expect(await linesOf([asking('What of the cap?', gone)])).toMatchObject({ lines: [], notFound: ['gone'] });
  });

  it('of a share leaves out what says the answer, which is then that the documents do not say', async () => {
    const made = await linesOf([asking()], { withoutRight: 0.5 });
    const many = await linesOf(
      Array.from({ length: 60 }, (_, i) => asking(`How long does a copper coil last, ${i}?`)),
      { withoutRight: 0.5 },
    );
    expect(made.lines).toHaveLength(1);
    expect(many.withoutRight).toBeGreaterThan(15);
    expect(many.withoutRight).toBeLessThan(45);
    for (const { messages } of many.lines) {
      const refuses = messages.at(-1)?.content === "The documents don't say.";
      expect(messages[0]?.content.includes(LASTS)).toBe(!refuses);
    }
  });

  it('answers what no passage says with that, whatever the dataset has', async () => {
    const open = exampleOf({ id: 'u', question: 'Who made the coil?', answer: 'No.', kind: 'unanswerable', spans: [] });
    expect(await contentOf(linesOf([asking('Who made the coil?', open)]), answer)).toBe("The documents don't say.");
  });

  it('keeps a share of the questions as they are', async () => {
    expect(await contentOf(linesOf([asking()], { share: 0 }))).toBe(example.question);
  });

  it('keeps the right one, whatever the budget', async () => {
    const content = await contentOf(linesOf([asking()], { order: 'shuffled' }, { budgetTokens: 8 }));
    expect(content).toContain(LASTS);
    expect(content).not.toContain('[2]');
  });

  it('looks up what follows other turns with those before it, and keeps them', async () => {
    const history = [
      { role: 'user' as const, content: 'Tell me about the copper coil.' },
      { role: 'assistant' as const, content: 'It is a small device.' },
    ];
    const made = await linesOf([asking('How long?', { ...example, history })]);
    expect(made.lines[0]?.messages.map(({ role }) => role)).toEqual(['user', 'assistant', 'user', 'assistant']);
    expect(made.lines[0]?.messages[2]?.content).toContain(LASTS);
  });

  it('is the same for the same seed, and in a shuffled order teaches no place', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.string({ minLength: 1 }), { minLength: 1, maxLength: 5 }), async (words) => {
        const askings = words.map((word) => asking(`How long does a copper coil last ${word}?`));
        expect(await linesOf(askings, { order: 'shuffled' })).toEqual(await linesOf(askings, { order: 'shuffled' }));
      }),
      { numRuns: 10 },
    );
    const many = Array.from({ length: 90 }, (_, i) => asking(`How long does a copper coil last, ${i}?`));
    const { lines } = await linesOf(many, { order: 'shuffled' });
    const places = lines.map(({ messages }) => /\[(\d)\] [^\n]*five years/.exec(messages[0]?.content ?? '')?.[1]);
    for (const place of ['1', '2', '3']) expect(places.filter((one) => one === place).length).toBeGreaterThan(15);
  });
});
