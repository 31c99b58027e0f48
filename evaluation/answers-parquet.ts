import { randomUUID } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Columns } from '../tables/parquet-columns.ts';
import { writeParquet } from '../tables/parquet.ts';
import type { DataRef } from '../schema/data.ts';
import type { ArtifactStore } from '../artifacts/store.ts';
import type { Answer } from '../schema/evaluation.ts';

const JUDGEMENT = {
  judge: { type: 'string' },
  version: { type: 'string' },
  label: { type: 'string' },
  score: { type: 'double' },
  reason: { type: 'string' },
} as const;

/** A row of a suite's results. */
export const ANSWER_COLUMNS = {
  suite: { type: 'string' },
  questionId: { type: 'string' },
  cluster: { type: 'string' },
  slice: { type: 'string', optional: true },
  taught: { type: 'string', optional: true },
  question: { type: 'string' },
  reference: { type: 'string' },
  arm: { type: 'string' },
  answer: { type: 'string' },
  judgements: { type: 'struct', list: true, columns: JUDGEMENT },
  failure: { type: 'string', optional: true },
} as const satisfies Columns;

/** Keeps a suite's results as Parquet: a row for each question and arm, sorted, so that the same answers are the same file. */
export async function writeAnswers(options: { artifacts: ArtifactStore; rows: readonly Answer[] }): Promise<DataRef> {
  const { artifacts, rows } = options;
  const path = join(tmpdir(), `whetstone-${randomUUID()}.parquet`);
  const order = (row: Answer) => `${row.questionId}\0${row.arm}`;
  const sorted = rows.toSorted((a, b) => (order(a) < order(b) ? -1 : 1));
  try {
    const count = await writeParquet({ path, columns: ANSWER_COLUMNS, rows: sorted.map((row) => ({ ...row })) });
    return await artifacts.addFile({ kind: 'results', path, rows: count });
  } finally {
    await rm(path, { force: true });
  }
}
