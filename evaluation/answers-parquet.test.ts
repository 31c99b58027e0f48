import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { createFileStore } from '../artifacts/file/file-store.ts';
import type { Answer } from '../schema/evaluation.ts';
import fc from '../test/support/property.ts';
import { readAnswers, writeAnswers } from './answers-parquet.ts';

const text = fc.string({ unit: 'grapheme' });
/** Any answer that a suite's file can lead to. */
const answers = fc.record(
  {
    suite: fc.constant('golden'),
    questionId: fc.uuid(),
    cluster: text,
    slice: text,
    taught: fc.constantFrom('known' as const, 'new' as const),
    columns: fc.dictionary(text, text),
    question: text,
    reference: text,
    arm: fc.constantFrom('base', 'tuned'),
    answer: text,
    judgements: fc.array(
      fc.record({ judge: text, version: text, label: text, score: fc.constantFrom(0, 0.25, 1), reason: text }),
    ),
    citations: fc.array(
      fc.record(
        {
          documentId: text,
          title: text,
          passageId: text,
          place: text,
          start: fc.nat(),
          end: fc.nat(),
          text,
          score: fc.constantFrom(-0.5, 0, 0.75),
        },
        { requiredKeys: ['documentId', 'title', 'passageId', 'start', 'end', 'text', 'score'] },
      ),
      { minLength: 1 },
    ),
    failure: text,
    latencyMs: fc.nat(),
    outputTokens: fc.nat(),
    inputTokens: fc.nat(),
  },
  { requiredKeys: ['suite', 'questionId', 'cluster', 'question', 'reference', 'arm', 'answer', 'judgements'] },
);

it("keeps every field of an answer, a suite file's further columns too", async () => {
  const folder = mkdtempSync(join(tmpdir(), 'whetstone-answers-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const artifacts = createFileStore(folder);
  await fc.assert(
    fc.asyncProperty(fc.array(answers, { minLength: 1, maxLength: 4 }), async (rows) => {
      const ref = await writeAnswers({ artifacts, rows: rows as Answer[] });
      const read: Answer[] = [];
      for await (const row of readAnswers({ artifacts, ref })) read.push(row);
      const key = ({ questionId, arm }: { questionId: string; arm: string }) => `${questionId} ${arm}`;
      // No columns and none of them are the same.
      const none = (columns = {}) => Object.keys(columns).length === 0;
      const expected = rows.map(({ columns, ...row }) => (none(columns) ? row : { ...row, columns }));
      expect(read.toSorted((a, b) => (key(a) < key(b) ? -1 : 1))).toEqual(
        expected.toSorted((a, b) => (key(a) < key(b) ? -1 : 1)),
      );
    }),
    { numRuns: 40 },
  );
});
