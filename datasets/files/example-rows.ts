import { readParquet } from '../../tables/parquet.ts';
import type { Columns, ParquetRow } from '../../tables/parquet-columns.ts';
import { ExampleSchema, type DataRef, type Example } from '../../schema/data.ts';
import { JUDGEMENT_COLUMNS, judgementRow } from './judgement-columns.ts';
import { ArtifactError } from '../../common/errors.ts';
import type { ArtifactStore } from '../../artifacts/store.ts';

/** The columns of every split: an Example with its verdict flattened. */
export const EXAMPLE_COLUMNS = {
  id: { type: 'string' },
  factId: { type: 'string' },
  chunkId: { type: 'string' },
  documentId: { type: 'string' },
  question: { type: 'string' },
  answer: { type: 'string' },
  history: { type: 'struct', list: true, columns: { role: { type: 'string' }, content: { type: 'string' } } },
  spans: {
    type: 'struct',
    list: true,
    columns: { chunkId: { type: 'string' }, start: { type: 'int32' }, end: { type: 'int32' } },
  },
  phrasing: { type: 'int32' },
  kind: { type: 'string' },
  teacher: { type: 'string' },
  promptVersion: { type: 'string' },
  persona: { type: 'string', optional: true },
  language: { type: 'string', optional: true },
  correctionOf: { type: 'string', optional: true },
  origin: {
    type: 'struct',
    optional: true,
    columns: {
      kind: { type: 'string' },
      attempt: { type: 'int32', optional: true },
      file: { type: 'string', optional: true },
    },
  },
  preference: {
    type: 'struct',
    optional: true,
    columns: {
      chosen: { type: 'string' },
      rejected: { type: 'string' },
      chosenScore: { type: 'double' },
      rejectedScore: { type: 'double' },
      margin: { type: 'double' },
      answers: { type: 'int32' },
    },
  },
  decision: { type: 'string' },
  reasons: { type: 'string', list: true },
  judgements: { type: 'struct', list: true, columns: JUDGEMENT_COLUMNS },
} as const satisfies Columns & Record<Exclude<keyof Example, 'verdict'> | keyof Example['verdict'], unknown>;

/** An example as a row of a split. */
export const exampleRow = ({ verdict, ...pair }: Example): ParquetRow => ({
  ...pair,
  ...verdict,
  judgements: verdict.judgements.map(judgementRow),
});

/** Reads a split back, whole. @throws as streamExamples */
export async function readExamples(input: { ref: DataRef; store: ArtifactStore }): Promise<Example[]> {
  const examples: Example[] = [];
  for await (const example of streamExamples(input)) examples.push(example);
  return examples;
}

/**
 * Reads a split back, row by row.
 * @throws ArtifactError when the file isn't what the reference says, or a row isn't an Example
 */
export async function* streamExamples({
  ref,
  store,
}: {
  ref: DataRef;
  store: ArtifactStore;
}): AsyncGenerator<Example, void> {
  const path = await store.localFile(ref);
  let index = 0;
  for await (const { decision, reasons, judgements, ...pair } of readParquet({ path, columns: EXAMPLE_COLUMNS })) {
    const parsed = ExampleSchema.safeParse({ ...pair, verdict: { decision, reasons, judgements } });
    if (!parsed.success) throw new ArtifactError(`${path}: row ${index} is not an example`, { cause: parsed.error });
    index += 1;
    yield parsed.data;
  }
}
