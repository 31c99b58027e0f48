import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { resolvePaths } from '../configs/paths.ts';
import { createFileStore } from '../artifacts/file/file-store.ts';
import { openDataset, type BuiltDataset } from '../datasets/assembly/build.ts';
import { echoOf } from '../language/echo.ts';
import { readExamples } from '../datasets/files/example-rows.ts';
import { ChunkSchema, type Chunk, type Example, type Skipped } from '../schema/data.ts';
import { streamSkipped } from '../datasets/assembly/skipped-file.ts';
import { unitsOf } from '../documents/units.ts';
import { judgeCorrectness } from '../judges/rules/correctness.ts';
import { buildDirectly } from './support/build-directly.ts';

/** Datasets of documents that were not written for this project, by the built-in teacher: nothing is trained. */

const { projectRoot } = resolvePaths({});
/** Enough for most statements to be asked of; all that the documents bear takes twice as long. */
const TARGET = 7_000;
const MOST_ECHOED = 0.02;

describe.each([
  ['117 documents of a health library', join(projectRoot, '../shared/real/medquad-dev/documents')],
  ['a handbook with tables and lists', join(projectRoot, 'test/corpora/handbook')],
])('a dataset of %s', (_name, folder) => {
  describe.skipIf(!existsSync(folder))('by the built-in teacher', () => {
    let state: string;
    let dataset: BuiltDataset;
    let chunks: Chunk[];
    let examples: Example[];
    const skipped: Skipped[] = [];
    let seconds: number;

    beforeAll(async () => {
      state = await mkdtemp(join(tmpdir(), 'whetstone-documents-'));
      const before = process.cpuUsage();
      const config = { name: 'documents', documents: folder, generation: { target: TARGET } };
      const built = await buildDirectly({ config, state, roots: [folder] });
      const { user, system } = process.cpuUsage(before);
      seconds = (user + system) / 1e6;
      const store = createFileStore(built.paths.artifacts);
      dataset = await openDataset({ uri: built.dataset.uri, store });
      chunks = await store.loadJsonLines(built.documents.chunks, ChunkSchema);
      const splits = Object.values(dataset.manifest.splits).map((ref) => readExamples({ ref, store }));
      examples = (await Promise.all(splits)).flat();
      for await (const row of streamSkipped({ ref: dataset.manifest.skipped, store })) skipped.push(row);
    });
    afterAll(() => rm(state, { recursive: true, force: true }));

    it('ends, and all that was generated is kept or rejected for a reason (F27)', () => {
      const { generated, kept, rejected, unitsTotal, unitsCovered } = dataset.manifest;
      console.log(
        `${generated} generated, ${kept} kept, ${unitsCovered} of ${unitsTotal} statements used, ${seconds.toFixed(1)} s of processor time`,
      );
      expect(kept).toBeGreaterThan(0);
      expect(generated).toBe(kept + Object.values(rejected).reduce((sum, n) => sum + n, 0));
      expect(examples).toHaveLength(generated);
      for (const { verdict } of examples) expect(verdict.reasons.length > 0).toBe(verdict.decision === 'reject');
    });

    it('accounts for every sentence, list item and table row: it gave a pair, or is listed with why not (N1)', () => {
      const keptSpans = Map.groupBy(
        examples.filter(({ verdict }) => verdict.decision === 'keep').flatMap(({ spans }) => spans),
        ({ chunkId }) => chunkId,
      );
      const given: string[] = [];
      const left: Omit<Skipped, 'reason'>[] = [];
      for (const { id: chunkId, documentId, text } of chunks)
        for (const { kind, start, end, text: own } of unitsOf(text)) {
          const gave = (keptSpans.get(chunkId) ?? []).some((span) => span.start < end && start < span.end);
          if (gave) given.push(own);
          else left.push({ documentId, chunkId, start, end, kind, text: own });
        }
      expect(skipped.map(({ reason: _reason, ...row }) => row)).toEqual(left);
      expect(skipped.filter(({ reason }) => reason === '')).toEqual([]);
      const { unitsTotal, unitsCovered, unitsSkipped } = dataset.manifest;
      expect([unitsCovered, unitsTotal]).toEqual([given.length, given.length + left.length]);
      expect(Object.values(unitsSkipped).reduce((sum, n) => sum + n, 0)).toBe(skipped.length);
    });

    it('asks no question whose echo would count as its answer (F28)', () => {
      const test = examples.filter(({ verdict }) => verdict.decision === 'keep');
      const echoed = test.filter(
        ({ question, answer }) =>
          judgeCorrectness({ question, reference: answer, answer: echoOf(question) }).label === 'correct',
      );
      expect(echoed.length / test.length).toBeLessThanOrEqual(MOST_ECHOED);
    });
  });
});
