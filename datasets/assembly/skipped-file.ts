import { join } from 'node:path';
import type { Passage } from '../../schema/data.ts';
import type { Coverage } from './coverage.ts';
import { sha256OfFile } from '../../common/hash.ts';
import { createParquet, readParquet } from '../../tables/parquet.ts';
import type { Columns } from '../../tables/parquet-columns.ts';
import { SkippedSchema, type DataRef, type Skipped } from '../../schema/data.ts';
import { ArtifactError } from '../../common/errors.ts';
import type { ArtifactStore } from '../../artifacts/store.ts';

/** `skipped.parquet` of a dataset: every statement of the documents that gave no kept pair. */

const COLUMNS = {
  documentId: { type: 'string' },
  chunkId: { type: 'string' },
  start: { type: 'int32' },
  end: { type: 'int32' },
  kind: { type: 'string' },
  text: { type: 'string' },
  reason: { type: 'string' },
} as const satisfies Columns & Record<keyof Skipped, unknown>;

/** Writes the file a row at a time. The reference is relative to the folder. */
export async function writeSkipped(input: {
  folder: string;
  passages: AsyncIterable<Passage>;
  coverage: Coverage;
}): Promise<DataRef> {
  const { folder, passages, coverage } = input;
  const uri = 'skipped.parquet';
  const path = join(folder, uri);
  const file = await createParquet({ path, columns: COLUMNS });
  try {
    for await (const passage of passages) for (const row of coverage.rows(passage)) await file.append(row);
    const rows = await file.close();
    return { uri, sha256: await sha256OfFile(path), rows };
  } catch (error) {
    await file.abandon();
    throw error;
  }
}

/** Reads the file back, row by row. @throws ArtifactError when it isn't what the reference says */
export async function* streamSkipped({
  ref,
  store,
}: {
  ref: DataRef;
  store: ArtifactStore;
}): AsyncGenerator<Skipped, void> {
  const path = await store.localFile(ref);
  let index = 0;
  for await (const row of readParquet({ path, columns: COLUMNS })) {
    const parsed = SkippedSchema.safeParse(row);
    if (!parsed.success)
      throw new ArtifactError(`${path}: row ${index} is no skipped statement`, { cause: parsed.error });
    index += 1;
    yield parsed.data;
  }
}
