import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { z } from 'zod';
import { createFileStore } from '../artifacts/file/file-store.ts';
import type { ArtifactStore } from '../artifacts/store.ts';
import { TrlCandidateSchema } from '../configs/schema.ts';
import type { FineTuneInput } from '../contract/model-stages.ts';
import { chatLine } from '../datasets/files/chat-line.ts';
import { EXAMPLE_COLUMNS, exampleRow } from '../datasets/files/example-rows.ts';
import { writeParquet } from '../tables/parquet.ts';
import { memoryRetriever } from '../test/fakes/memory-retriever.ts';
import { exampleOf } from '../test/support/examples.ts';
import { openBookOf, passageOf } from '../test/support/open-book.ts';
import { bookOf } from './open-book/book.ts';
import { trainingFile } from './training-file.ts';

let folder: string;
let artifacts: ArtifactStore;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'training-file-'));
  artifacts = createFileStore(folder);
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const ANSWER = 'The coil lasts five years.';
const chunk = {
  id: 'doc#0',
  documentId: 'doc',
  index: 0,
  title: 'Copper coil',
  headings: ['Copper coil'],
  start: 0,
  end: ANSWER.length,
  text: ANSWER,
  tokens: 6,
};
const LinesSchema = z.looseObject({
  kind: z.string().optional(),
  messages: z.array(z.object({ role: z.string(), content: z.string() })),
});

async function fileOf(candidate: object, recipe: 'facts' | 'plain', open: boolean) {
  const examples = [0, 1].map((phrasing) =>
    exampleOf({
      id: `f1-${phrasing}`,
      factId: 'f1',
      question: phrasing ? 'For how many years does a coil work?' : 'How long does a coil last?',
      answer: ANSWER,
      phrasing,
      spans: [{ chunkId: 'doc#0', start: 0, end: ANSWER.length }],
    }),
  );
  const path = join(folder, 'train.parquet');
  await writeParquet({ path, columns: EXAMPLE_COLUMNS, rows: examples.map(exampleRow) });
  const input = {
    candidate: TrlCandidateSchema.parse({ name: 'a', ...candidate }),
    dataset: {
      train: await artifacts.writeJsonLines({
        kind: 'train',
        rows: examples.map((example) => chatLine(example, 'Be kind.')),
      }),
      trainExamples: await artifacts.addFile({ kind: 'examples', path, rows: 2 }),
    },
    chunks: await artifacts.writeJsonLines({ kind: 'chunks', rows: [chunk] }),
    seed: 17,
  } as unknown as FineTuneInput;
  const bookFor = (systemPrompt: string) =>
    bookOf({
      openBook: openBookOf(),
      retriever: memoryRetriever([passageOf('doc#0', ANSWER)]),
      systemPrompt,
      today: '2026-11-26',
    });
  const { train, notes } = await trainingFile({ artifacts, input, recipe, ...(open && { bookFor }) });
  return { train, notes, input, rows: await artifacts.loadJsonLines(train, LinesSchema) };
}

it("without a recipe and a book is the dataset's own file", async () => {
  const { train, input } = await fileOf({}, 'plain', false);
  expect(train).toEqual(input.dataset.train);
});

it('with a book has every wording and every restatement below what is found for it, after the system prompt', async () => {
  const { rows, notes } = await fileOf(
    { openBook: { withoutRight: 0 }, facts: { passages: 0, generalChat: 0 } },
    'facts',
    true,
  );
  expect(rows.map(({ kind }) => kind ?? 'wording')).toEqual([
    'wording',
    'wording',
    'restatement',
    'restatement',
    'restatement',
  ]);
  for (const { messages } of rows) {
    expect(messages.map(({ role }) => role)).toEqual(['system', 'user', 'assistant']);
    expect(messages[1]?.content).toMatch(/^Answer from these passages only\.\n\n\[1\] .*five years/s);
    expect(messages[2]?.content).toBe(ANSWER);
  }
  expect(notes).toEqual([]);
});

it('of the recipe plain asks the wordings alone so', async () => {
  const { rows } = await fileOf({ openBook: { withoutRight: 0 } }, 'plain', true);
  expect(rows).toHaveLength(2);
});

it('of the recipe facts without a book has what it always had', async () => {
  const { rows } = await fileOf({ facts: { generalChat: 0 } }, 'facts', false);
  expect(rows.map(({ kind }) => kind ?? 'wording')).toEqual([
    'wording',
    'wording',
    'restatement',
    'restatement',
    'restatement',
    'passage',
  ]);
});
