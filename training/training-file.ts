import { z } from 'zod';
import type { ArtifactStore } from '../artifacts/store.ts';
import { OpenBookTrainingSchema } from '../configs/schema.ts';
import type { FineTuneInput } from '../contract/model-stages.ts';
import { readExamples } from '../datasets/files/example-rows.ts';
import { ChunkSchema, type Chunk, type DataRef, type Example } from '../schema/data.ts';
import type { Book } from './open-book/book.ts';
import { openBookLines, type Asking, type OpenBookLines } from './open-book/lines.ts';
import { besideLines, restatedLines, type ChatLine } from './recipe.ts';
import { restatements } from './restatements.ts';

const LineSchema = z.object({ messages: z.array(z.object({ role: z.string(), content: z.string() })) });

export interface TrainingFile {
  train: DataRef;
  /** What a person should know of it, a sentence each. */
  notes: string[];
}

/**
 * What a candidate is trained on: the dataset's lines, what the recipe adds, and with a book each question below what is found for it.
 * The same input writes the same file.
 */
export async function trainingFile(options: {
  artifacts: ArtifactStore;
  input: FineTuneInput;
  recipe: 'facts' | 'plain';
  /** The documents as the candidate will be shown them; undefined where it is not trained for that. */
  bookFor?: ((systemPrompt: string) => Book) | undefined;
  onProgress?: (done: number, total: number) => void;
  signal?: AbortSignal;
}): Promise<TrainingFile> {
  const { artifacts, input, recipe, bookFor } = options;
  const { dataset, candidate } = input;
  if (recipe === 'plain' && !bookFor) return { train: dataset.train, notes: [] };

  const lines: ChatLine[] = await artifacts.loadJsonLines(dataset.train, LineSchema);
  const [first] = lines[0]?.messages ?? [];
  const systemPrompt = first?.role === 'system' ? first.content : '';
  const examples = await readExamples({ ref: dataset.trainExamples, store: artifacts });
  const chunks = input.chunks ? await artifacts.loadJsonLines(input.chunks, ChunkSchema) : [];
  const settings =
    recipe === 'facts' ? candidate.facts : { ...candidate.facts, restatements: 0, passages: 0, generalChat: 0 };

  const open = bookFor && (await openLines({ ...options, book: bookFor(systemPrompt), examples, chunks }));
  const asked = open?.lines ?? [...lines, ...restatedLines({ examples, chunks, settings, systemPrompt })];
  const rows = [...asked, ...besideLines({ asked: asked.length, chunks, settings, systemPrompt })];
  return {
    train: await artifacts.writeJsonLines({ kind: 'training', rows }),
    notes: open ? notesOf(open) : [],
  };
}

/** A line for each wording and each restatement, as far as the recipe has some. */
function openLines(options: {
  input: FineTuneInput;
  recipe: 'facts' | 'plain';
  book: Book;
  examples: readonly Example[];
  chunks: readonly Chunk[];
  onProgress?: (done: number, total: number) => void;
  signal?: AbortSignal;
}): Promise<OpenBookLines> {
  const { input, recipe, examples, chunks, ...rest } = options;
  const { candidate, seed } = input;
  const askings = askingsOf({
    examples,
    chunks,
    restatements: recipe === 'facts' ? candidate.facts.restatements : 0,
  });
  return openBookLines({
    ...rest,
    askings,
    chunks,
    settings: OpenBookTrainingSchema.parse(candidate.openBook ?? {}),
    seed,
  });
}

/** Every wording of the train split, and so many restatements of each fact. */
export const askingsOf = (of: {
  examples: readonly Example[];
  chunks: readonly Chunk[];
  restatements: number;
}): Asking[] => [
  ...of.examples.map((example) => ({ question: example.question, of: example })),
  ...restatements({ ...of, count: of.restatements }).map((one) => ({ ...one, kind: 'restatement' as const })),
];

/** What of the examples is not among the lines, and why. */
function notesOf({ tooFar, notFound }: OpenBookLines): string[] {
  return [
    ...(tooFar > 0
      ? [`${tooFar} askings are not trained on: what says their answer is not among what serving would show for them`]
      : []),
    ...(notFound.length > 0
      ? [
          `${notFound.length} examples are not trained on: no passage of the index has what they were made of (first: ${notFound[0]})`,
        ]
      : []),
  ];
}
