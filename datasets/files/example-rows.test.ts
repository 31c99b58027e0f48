import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { createFileStore } from '../../artifacts/file/file-store.ts';
import type { Example } from '../../schema/data.ts';
import { originOf } from '../../schema/origin.ts';
import { writeParquet } from '../../tables/parquet.ts';
import { exampleOf } from '../../test/support/examples.ts';
import { EXAMPLE_COLUMNS, exampleRow, readExamples } from './example-rows.ts';

async function roundTrip(
  columns: Parameters<typeof writeParquet>[0]['columns'],
  examples: ReturnType<typeof exampleOf>[],
) {
  const root = await mkdtemp(join(tmpdir(), 'example-rows-'));
  onTestFinished(() => rm(root, { recursive: true, force: true }));
  const store = createFileStore(join(root, 'artifacts'));
  const path = join(root, 'split.parquet');
  await writeParquet({ path, columns, rows: examples.map(exampleRow) });
  return readExamples({ ref: await store.addFile({ kind: 'splits', path }), store });
}

it('examples come back with where they come from', async () => {
  const origins = [{ kind: 'teacher' }, { kind: 'correction', attempt: 2 }, { kind: 'import', file: 'x.csv' }] as const;
  const examples = origins.map((origin, i) => exampleOf({ id: `${i}`, question: 'How?', origin }));
  expect(await roundTrip(EXAMPLE_COLUMNS, examples)).toEqual(examples);
});

it('a split of before, which has no such column, is read, and told by its ids', async () => {
  const { origin: _origin, ...before } = EXAMPLE_COLUMNS;
  const imported = { chunkId: 'import/x.csv', documentId: 'import/x.csv' };
  const examples = [exampleOf({ id: '0', question: 'How?' }), exampleOf({ id: '1', question: 'Why?', ...imported })];
  const read = await roundTrip(before, examples);
  expect(read).toEqual(examples);
  expect(read.map(originOf)).toEqual([{ kind: 'teacher' }, { kind: 'import', file: 'x.csv' }]);
});

it('every field of an example comes back, but for what its judgements say in their reasons too', async () => {
  const judgement = { judge: 'panel', version: '1', label: 'pass', score: 1, reason: 'all agreed' };
  const full: Required<Example> = {
    ...exampleOf({ id: '0', question: 'How?' }),
    history: [{ role: 'user', content: 'Hello' }],
    spans: [{ chunkId: 'doc#0', start: 0, end: 3 }],
    persona: 'nurse',
    language: 'en',
    correctionOf: '1',
    origin: { kind: 'correction', attempt: 2 },
    preference: { chosen: 'a', rejected: 'b', chosenScore: 1, rejectedScore: 0, margin: 1, answers: 2 },
    verdict: {
      decision: 'reject',
      reasons: ['panel'],
      judgements: [{ ...judgement, composed: { by: 'panel', agreed: true } }],
    },
  };
  const [read] = await roundTrip(EXAMPLE_COLUMNS, [full]);
  expect(read).toEqual({ ...full, verdict: { ...full.verdict, judgements: [judgement] } });
});
