import type { ArtifactStore } from '../../artifacts/store.ts';
import { RequestError } from '../../common/errors.ts';
import { unknownName } from '../../common/unknown-name.ts';
import { streamSkipped } from '../../datasets/assembly/skipped-file.ts';
import { findDataset } from '../../datasets/versions/find.ts';
import type { Skipped } from '../../schema/data.ts';
import type { DatasetManifest } from '../../schema/manifest.ts';
import { newestVersion } from './open.ts';

export interface SkippedStatements {
  version: string;
  manifest: DatasetManifest;
  rows: AsyncIterable<Skipped>;
}

/**
 * Statements of the documents that gave no pair, and why.
 * @param options.name without it, the dataset that was built last
 * @param options.document of this document, or of this passage (document#number)
 * @throws RequestError that names the reasons there are, for one that the dataset has not
 */
export async function skippedStatements(options: {
  name?: string | undefined;
  document?: string | undefined;
  reason?: string | undefined;
  store: ArtifactStore;
}): Promise<SkippedStatements> {
  const { name, document, reason, store } = options;
  const { version, manifest } = await findDataset({ name: name ?? (await newestVersion(store)), store });
  const reasons = Object.keys(manifest.unitsSkipped);
  if (reason !== undefined && !reasons.includes(reason))
    throw new RequestError(`reason: ${unknownName('reason', reason, reasons)}`, { field: 'reason' });
  async function* rows(): AsyncGenerator<Skipped> {
    for await (const row of streamSkipped({ ref: manifest.skipped, store })) {
      const isWanted =
        (reason === undefined || row.reason === reason) &&
        (document === undefined || row.documentId === document || row.chunkId === document);
      if (isWanted) yield row;
    }
  }
  return { version, manifest, rows: rows() };
}
