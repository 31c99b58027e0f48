import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { RunConfigSchema, SplitSchema } from '../../configs/schema.ts';
import { createFileStore } from '../../artifacts/file/file-store.ts';
import { writeDataset } from '../../datasets/assembly/build.ts';
import { decideDataset, type DatasetInput } from '../../datasets/assembly/decide.ts';
import { manyExamples, noPassages } from '../../test/support/examples.ts';
import type { ArtifactStore } from '../../artifacts/store.ts';
import { SuiteQuestionSchema } from '../../schema/evaluation.ts';
import type { GenerationDependencies } from '../../activities/dependencies.ts';
import { freezeSuites } from './freeze.ts';
import type { DatasetResult } from '../../contract/dataset-stages.ts';

let folder: string;
let store: ArtifactStore;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'freeze-'));
  store = createFileStore(join(folder, 'root'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function dataset(): Promise<DatasetResult> {
  const input: DatasetInput = {
    name: 'acme',
    examples: async function* () {
      yield* manyExamples({ facts: 20, chunks: 5 });
    },
    ...noPassages,
    split: SplitSchema.parse({}),
    seed: 17,
    generation: { target: 70 },
    systemPrompt: '',
    suites: [],
    contamination: 0.7,
    source: {
      documents: 1,
      chunks: 5,
      documentsSha256: 'd',
      licences: { documents: [], teacher: { name: 'builtin', trainingTerms: 'allowed' } },
      personalData: {},
      instructions: { found: 0, first: [] },
    },
    madeBy: {},
    store,
  };
  const { uri, version, sha256, manifest, chat } = await writeDataset({
    ...input,
    decided: await decideDataset(input),
  });
  const { generated, kept, rejected, splits } = manifest;
  const { train, validation } = chat;
  return {
    uri,
    version,
    sha256,
    generated,
    kept,
    rejected,
    train,
    validation,
    test: splits.test,
    trainExamples: splits.train,
  };
}

describe('freezing suites', () => {
  it("marks people's questions by what training has taught, and says what was merged (F29, N4)", async () => {
    const [trained] = manyExamples({ facts: 1, chunks: 1 });
    const lines = [
      { question: 'tell me of alpha0 beta0 gamma0', answer: trained!.answer, facts: ['fact 0'], document: 'a.md' },
      { question: 'who invented the bicycle', answer: 'Karl Drais built one.', mustNot: ['nobody'] },
      { question: 'Who invented the bicycle?', answer: 'Many people did.' },
    ];
    await writeFile(join(folder, 'golden.jsonl'), lines.map((line) => JSON.stringify(line)).join('\n'));
    const config = RunConfigSchema.parse({
      name: 'acme',
      documents: '.',
      candidates: [{ name: 'c', base: 'tiny-llama' }],
      evaluation: { suites: ['golden.jsonl'] },
      gate: { suite: 'golden' },
    });
    const dependencies = {
      artifacts: store,
      projectRoot: folder,
      allowedRoots: [folder],
    } as Partial<GenerationDependencies> as GenerationDependencies;
    const [suite] = await freezeSuites({
      config,
      dataset: await dataset(),
      chunks: await store.writeJsonLines({ kind: 'chunks', rows: [] }),
      dependencies,
      report: () => undefined,
      signal: new AbortController().signal,
    });
    expect(suite).toMatchObject({
      name: 'golden',
      declares: 'known and new facts',
      taught: { known: 1, new: 1 },
      merged: '3 lines make 2 questions: 1 ask one again with another answer, which is right too',
    });
    const questions = await store.loadJsonLines(suite!.questions, SuiteQuestionSchema);
    expect(questions).toMatchObject([
      {
        columns: { document: 'a.md' },
        facts: [['fact 0']],
        taught: { known: true, nearest: expect.stringContaining('alpha0') as string },
      },
      { references: ['Karl Drais built one.', 'Many people did.'], mustNot: ['nobody'], taught: { known: false } },
    ]);
  });
});
