import { cp } from 'node:fs/promises';
import type { ArtifactStore } from '../../artifacts/store.ts';
import { RequestError } from '../../common/errors.ts';
import { unknownName } from '../../common/unknown-name.ts';
import type { DatasetBuilt } from '../../contract/messages.ts';
import { EXPORT_FORMATS, exportDataset, type ExportFormat } from '../../datasets/versions/export.ts';
import { findDataset } from '../../datasets/versions/find.ts';
import { requireEmpty, writeFolder } from './new-folder.ts';

export interface Exported {
  version: string;
  /** By split. */
  rows: Record<string, number>;
}

/**
 * Writes a dataset as JSON lines for a trainer into a new or empty folder: all or nothing.
 * @throws RequestError for an unknown format, a folder that can't be used, or a dataset that has nothing for the format
 */
export async function exportTo(options: {
  name: string;
  format: string;
  out: string;
  store: ArtifactStore;
}): Promise<Exported> {
  const { name, format, out, store } = options;
  if (!isFormat(format)) throw new RequestError(unknownName('format', format, [...EXPORT_FORMATS]));
  await requireEmpty(out);
  const dataset = await findDataset({ name, store });
  const rows = await writeFolder(out, async (folder) => {
    const written = await exportDataset({ dataset, format, folder, store });
    if (written.train + written.validation + written.test === 0)
      throw new RequestError(
        `${dataset.version} has no preference pairs; ask for them with generation.preferences, or export another format`,
      );
    return written;
  });
  return { version: dataset.version, rows };
}

const isFormat = (format: string): format is ExportFormat => (EXPORT_FORMATS as readonly string[]).includes(format);

/** Copies a dataset that was built to a new or empty folder. @throws RequestError that says where it is kept */
export async function copyBuilt(options: {
  dataset: DatasetBuilt['dataset'];
  out: string;
  store: ArtifactStore;
}): Promise<void> {
  const { dataset, out, store } = options;
  const from = await store.localFolder(dataset.uri);
  await writeFolder(out, (folder) => cp(from, folder, { recursive: true })).catch((cause: unknown) => {
    throw new RequestError(
      `out ${out}: ${(cause as Error).message}. The dataset is made and kept as ${dataset.version}, in ${from}: copy it from there, or build again, which asks no model again`,
      { field: 'out', cause },
    );
  });
}
