import { dayOf } from '../common/time-text.ts';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { RunError } from '../common/errors.ts';
import { localFolderRef } from '../artifacts/local-ref.ts';
import type { ArtifactStore } from '../artifacts/store.ts';
import { isWeights, type ModelRef } from '../schema/model-ref.ts';
import { shortHash } from '../artifacts/place.ts';
import { corpusOf } from '../documents/corpus.ts';
import { ChunkSchema } from '../schema/data.ts';
import { weightsBytes } from '../providers/training/model-folder.ts';
import type { TrainingDependencies } from './dependencies.ts';
import { baseSource, recipeOf } from '../configs/schema.ts';
import { allowedFile } from '../documents/allowed-file.ts';
import { withHeartbeat } from './heartbeat.ts';
import { modelCard } from '../training/model-card.ts';
import { bookOf } from '../training/open-book/book.ts';
import { trainingFile } from '../training/training-file.ts';
import type { Activities } from '../contract/activities.ts';

const A_MODEL = 'a folder with config.json, weights and a tokenizer, or a .gguf file';
const BASE = { stage: 'base', label: 'base model' } as const;
const training = (label: string) => ({ stage: 'training', label }) as const;

/** What goes into a job, and what is kept of what comes out. */
export function trainingActivities(
  dependencies: Pick<
    TrainingDependencies,
    'artifacts' | 'projectRoot' | 'allowedRoots' | 'checkpoints' | 'retriever' | 'today'
  >,
): Pick<Activities, 'prepareBase' | 'prepareTraining' | 'keepBase' | 'keepTrained' | 'prepareModel' | 'keepModel'> {
  const { artifacts, projectRoot, allowedRoots, checkpoints, retriever } = dependencies;
  const { today = dayOf } = dependencies;
  return {
    prepareBase: ({ base, chunks, seed, field = 'candidates[].base' }) =>
      withHeartbeat(BASE, async () => {
        const source = baseSource(base);
        if (source?.kind === 'path') {
          const path = await allowedFile({ projectRoot, allowedRoots, field, file: source.path, expected: A_MODEL });
          return { base, path, seed };
        }
        if (source?.kind !== 'made') return { base, seed };
        const passages = artifacts.readJsonLines(chunks, ChunkSchema);
        return { base, corpus: await artifacts.writeJsonLines({ kind: 'corpus', rows: corpusOf(passages) }), seed };
      }),

    prepareModel: ({ folder, hub = '' }) =>
      withHeartbeat(BASE, async () => {
        if (folder === undefined) return { base: hub, seed: 0 };
        const path = await allowedFile({ projectRoot, allowedRoots, field: 'folder', file: folder, expected: A_MODEL });
        return { base: path, path, seed: 0 };
      }),

    keepModel: ({ model, weights }) =>
      withHeartbeat(BASE, async () => {
        const path = await artifacts.localFolder(weights.uri);
        const { notes, revision } = await broughtFrom(path);
        // What is brought can be brought again, from a place that may change: a version's weights stay.
        const { uri } = await artifacts.addFolder({ kind: `models/${model}`, path, name: shortHash(weights.sha256) });
        return { weights: { uri, sha256: weights.sha256 }, ...(revision && { revision }), notes };
      }),

    prepareTraining: (input) =>
      withHeartbeat(training(input.candidate.name), async (report, signal) => {
        const { key, dataset, seed, base, candidate, openBook } = input;
        const recipe = recipeOf(candidate, await bytesOf(artifacts, base));
        const book = candidate.openBook && openBook;
        if (book && !retriever)
          throw new RunError(
            'retrieval',
            `candidate '${candidate.name}': openBook: this worker opens no index; start it with one`,
          );
        const bookFor = (systemPrompt: string) =>
          bookOf({ openBook: book!, retriever: retriever!, systemPrompt, today: today(), signal });
        const { train, notes } = await trainingFile({
          artifacts,
          input,
          recipe,
          ...(book && { bookFor }),
          onProgress: report,
          signal,
        });
        const job = { key, candidate, base, train, validation: dataset.validation, seed };
        return { job, recipe, ...(notes.length > 0 && { notes }) };
      }),

    keepBase: ({ trained }) =>
      withHeartbeat(BASE, async () => {
        // What is hosted is kept by its provider, and a rule by its name.
        if (!isWeights(trained.model)) return trained;
        const { uri, sha256 } = trained.model;
        const path = await artifacts.localFolder(uri);
        const shared = await artifacts.share({ kind: 'bases', path, name: shortHash(sha256) });
        return { ...trained, model: { uri: shared, sha256 } };
      }),

    keepTrained: ({ trained, ...input }) =>
      withHeartbeat(training(input.candidate.name), async () => {
        if (!isWeights(trained.model)) return trained;
        const { uri, sha256 } = trained.model;
        const path = await artifacts.localFolder(uri);
        await modelCard({ folder: path, input, trained });
        const kept = await artifacts.addFolder({ kind: `models/${input.model}`, path, name: shortHash(sha256) });
        // What can't be deleted now, a clean-up deletes.
        await checkpoints
          ?.drop(input.key)
          .catch((error: unknown) =>
            console.warn(`checkpoints of job ${input.key} can't be deleted: ${String(error)}`),
          );
        return { ...trained, model: { uri: kept.uri, sha256 } };
      }),
  };
}

const BroughtSchema = z.looseObject({ revision: z.string().optional(), notes: z.array(z.string()).default([]) });

/** What whoever brought a model noted beside it. */
const broughtFrom = async (folder: string) =>
  BroughtSchema.parse(JSON.parse(await readFile(join(folder, 'base.json'), 'utf8')));

/** Of the weights; a provider's own models are not small. */
async function bytesOf(artifacts: ArtifactStore, base: ModelRef): Promise<number> {
  if (!isWeights(base)) return Infinity;
  return weightsBytes(fileURLToPath((await localFolderRef(artifacts, base)).uri));
}
