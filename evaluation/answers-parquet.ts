import { randomUUID } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { JUDGEMENT_COLUMNS, judgementRow } from '../datasets/files/judgement-columns.ts';
import { z } from 'zod';
import { columnsOf } from '../tables/schema-columns.ts';
import type { Columns } from '../tables/parquet-columns.ts';
import { readParquet, writeParquet } from '../tables/parquet.ts';
import type { DataRef } from '../schema/data.ts';
import type { ArtifactStore } from '../artifacts/store.ts';
import { AnswerSchema, SourceSchema, type Answer } from '../schema/evaluation.ts';

/** The suite file's further columns, in the order of their names: Parquet's writer knows no maps. */
const FURTHER = { name: { type: 'string' }, value: { type: 'string' } } as const;

/** A row of a suite's results. Each field of an answer has a column, or the type check fails. */
export const ANSWER_COLUMNS = {
  suite: { type: 'string' },
  questionId: { type: 'string' },
  cluster: { type: 'string' },
  slice: { type: 'string', optional: true },
  taught: { type: 'string', optional: true },
  columns: { type: 'struct', list: true, columns: FURTHER },
  question: { type: 'string' },
  reference: { type: 'string' },
  arm: { type: 'string' },
  answer: { type: 'string' },
  judgements: { type: 'struct', list: true, columns: JUDGEMENT_COLUMNS },
  citations: { type: 'struct', list: true, columns: columnsOf(SourceSchema) },
  failure: { type: 'string', optional: true },
  latencyMs: { type: 'double', optional: true },
  outputTokens: { type: 'double', optional: true },
  inputTokens: { type: 'double', optional: true },
} as const satisfies Columns & Record<keyof Answer, unknown>;

/** Keeps a suite's results as Parquet: a row for each question and arm, sorted, so that the same answers are the same file. */
export async function writeAnswers(options: { artifacts: ArtifactStore; rows: readonly Answer[] }): Promise<DataRef> {
  const { artifacts, rows } = options;
  const path = join(tmpdir(), `whetstone-${randomUUID()}.parquet`);
  const order = (row: Answer) => `${row.questionId}\0${row.arm}`;
  const sorted = rows.toSorted((a, b) => (order(a) < order(b) ? -1 : 1));
  try {
    const count = await writeParquet({ path, columns: ANSWER_COLUMNS, rows: sorted.map(rowOf) });
    return await artifacts.addFile({ kind: 'results', path, rows: count });
  } finally {
    await rm(path, { force: true });
  }
}

const rowOf = ({ columns = {}, citations = [], ...answer }: Answer) => ({
  ...answer,
  citations,
  judgements: answer.judgements.map(judgementRow),
  columns: Object.entries(columns)
    .map(([name, value]) => ({ name, value }))
    .sort((a, b) => (a.name < b.name ? -1 : 1)),
});

const FurtherSchema = z.array(z.object({ name: z.string(), value: z.string() }));

/** The answers of a file that `writeAnswers` wrote, in its order: by question, then by arm. */
export async function* readAnswers(options: {
  artifacts: Pick<ArtifactStore, 'localFile'>;
  ref: DataRef;
}): AsyncGenerator<Answer, void> {
  const path = await options.artifacts.localFile(options.ref);
  for await (const row of readParquet({ path, columns: ANSWER_COLUMNS })) {
    const { citations, ...rest } = row;
    const cited = Array.isArray(citations) && citations.length > 0;
    const further = FurtherSchema.parse(row['columns']);
    const columns = Object.fromEntries(further.map(({ name, value }) => [name, value]));
    yield AnswerSchema.parse({
      ...rest,
      ...(cited && { citations }),
      columns: further.length > 0 ? columns : undefined,
    });
  }
}
