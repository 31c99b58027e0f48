import { sha256Of } from '../../common/hash.ts';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { TrlCandidateSchema, recipeOf, stepsOf, type CandidateOf } from '../../configs/schema.ts';
import { chatLine } from '../../datasets/files/chat-line.ts';
import type { Book } from '../../training/open-book/book.ts';
import { openBookLines } from '../../training/open-book/lines.ts';
import { besideLines, factsLines, type ChatLine } from '../../training/recipe.ts';
import { askingsOf } from '../../training/training-file.ts';
import { weightsBytes } from '../../providers/training/model-folder.ts';
import { weightsOf } from '../../contract/model-ref.ts';
import type { JobHandle, Trainer } from '../../contract/jobs.ts';
import type { Weights } from '../../schema/model-ref.ts';
import type { DataRef } from '../../schema/data.ts';
import type { Sample } from './sample.ts';

/** A model that was trained, and what that took. */
export interface Trained {
  model: Weights;
  recipe: 'facts' | 'plain';
  examples: number;
  steps: number;
  /** From launch to weights, and within it in the training loop. */
  seconds: number;
  loopSeconds: number;
  loss: number | undefined;
}

/** Trains one candidate by the product's own recipe and trainer. `fields` are those of a candidate in a config. */
export async function train(options: {
  trainer: Trainer<'trl'>;
  sample: Sample;
  base: Weights;
  fields: Record<string, unknown>;
  /** The documents, for candidates with `openBook`. */
  book?: Book | undefined;
  seed: number;
  out: string;
  say: (text: string) => void;
}): Promise<Trained> {
  const { trainer, sample, base, fields, book, seed, out, say } = options;
  const wanted = TrlCandidateSchema.parse({ name: 'bench', base: 'smollm2-135m', ...fields });
  const recipe = recipeOf(wanted, await weightsBytes(fileURLToPath(base.uri)));
  const rows = await rowsOf({ wanted, recipe, sample, book, seed });
  const file = await jsonLines(out, rows);
  const candidate = { ...wanted, maxSteps: stepsOf(wanted, file.rows) };
  const key = `bench-${sha256Of(JSON.stringify([candidate, base.sha256, file.sha256, seed])).slice(0, 12)}`;
  const started = performance.now();
  const job = { key, candidate, base, train: file, seed };
  const done = await completed(trainer, () => trainer.launch(job), say);
  return {
    model: done.model,
    recipe,
    examples: file.rows,
    steps: candidate.maxSteps,
    seconds: (performance.now() - started) / 1000,
    loopSeconds: done.trainSeconds,
    loss: done.loss,
  };
}

/** What is trained on, as a run makes it. */
async function rowsOf(options: {
  wanted: CandidateOf<'trl'>;
  recipe: 'facts' | 'plain';
  sample: Sample;
  book: Book | undefined;
  seed: number;
}): Promise<ChatLine[]> {
  const { wanted, recipe, sample, book, seed } = options;
  const { learnt: examples, chunks } = sample;
  const plain = recipe === 'plain';
  const settings = plain ? { restatements: 0, passages: 0, generalChat: 0 } : wanted.facts;
  const parts = { examples, chunks, settings, systemPrompt: '' };
  if (!wanted.openBook) return [...examples.map((example) => chatLine(example, '')), ...factsLines(parts)];
  if (!book) throw new Error('openBook: found no documents to train with; ask for them: --retrieval JSON');
  const asked = await openBookLines({
    askings: askingsOf({ examples, chunks, restatements: settings.restatements }),
    chunks,
    book,
    settings: wanted.openBook,
    seed,
  });
  return [...asked.lines, ...besideLines({ ...parts, asked: asked.lines.length })];
}

/** Waits for a job, and says how far it is. @throws Error with the job's reason when it fails */
export async function completed(
  jobs: Pick<Trainer, 'poll'>,
  launch: () => Promise<JobHandle>,
  say: (text: string) => void,
) {
  const handle = await launch();
  for (let said = ''; ; await sleep(500)) {
    const status = await jobs.poll(handle);
    if (status.status === 'completed') return { ...status, model: weightsOf(status.model, handle.key) };
    if (status.status === 'failed') throw new Error(status.reason);
    const now = status.status === 'running' ? `${status.step} of ${status.totalSteps}, loss ${status.loss ?? '?'}` : '';
    if (now !== said) say(now);
    said = now;
  }
}

async function jsonLines(out: string, rows: readonly unknown[]): Promise<DataRef> {
  const text = rows.map((row) => `${JSON.stringify(row)}\n`).join('');
  const sha256 = sha256Of(text);
  const file = join(out, `train-${sha256.slice(0, 12)}.jsonl`);
  await writeFile(file, text);
  return { uri: pathToFileURL(file).href, sha256, rows: rows.length };
}
