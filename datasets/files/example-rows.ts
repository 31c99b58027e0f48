import { z } from 'zod';
import { readParquet } from '../../tables/parquet.ts';
import type { ParquetRow } from '../../tables/parquet-columns.ts';
import { columnsOf } from '../../tables/schema-columns.ts';
import { ExampleSchema, VerdictSchema, type DataRef, type Example } from '../../schema/data.ts';
import { FiledJudgementSchema, judgementRow } from './judgement-columns.ts';
import { ArtifactError } from '../../common/errors.ts';
import type { ArtifactStore } from '../../artifacts/store.ts';

const FiledVerdictSchema = VerdictSchema.extend({ judgements: z.array(FiledJudgementSchema) });

/** The columns of every split: an Example, with its verdict flattened. A field of the schema has a column by being there. */
export const EXAMPLE_COLUMNS = columnsOf(ExampleSchema.omit({ verdict: true }).extend(FiledVerdictSchema.shape));

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
