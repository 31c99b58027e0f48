import type { ArtifactStore } from '../../artifacts/store.ts';
import { RequestError } from '../../common/errors.ts';
import { openDataset } from '../../datasets/assembly/build.ts';
import { diffDatasets, type DatasetDiff } from '../../datasets/versions/diff.ts';
import { findDataset, listDatasets, type KnownDataset } from '../../datasets/versions/find.ts';

/** What can be read of the datasets of a store: no server and no worker is needed. */

export interface ListedDataset extends KnownDataset {
  /** Undefined for one that can't be read: it must not hide the others. */
  counts: { kept: number; rejected: number } | undefined;
}

/** The datasets that were built here, the oldest first. */
export async function listBuilt(store: ArtifactStore): Promise<ListedDataset[]> {
  const listed: ListedDataset[] = [];
  for (const known of await listDatasets(store)) {
    const manifest = await openDataset({ uri: known.uri, store }).then(
      (opened) => opened.manifest,
      () => undefined,
    );
    const counts = manifest && { kept: manifest.kept, rejected: manifest.generated - manifest.kept };
    listed.push({ ...known, counts });
  }
  return listed;
}

/** The version that was built last. @throws RequestError where none was */
export async function newestVersion(store: ArtifactStore): Promise<string> {
  const last = (await listDatasets(store)).at(-1);
  if (!last) throw new RequestError('No dataset was built here yet: npx whetstone dataset build CONFIG --out FOLDER');
  return last.version;
}

/** What changed between two datasets, named by version or folder, with their versions. @throws as findDataset */
export async function diffNamed(options: {
  before: string;
  after: string;
  store: ArtifactStore;
}): Promise<{ before: string; after: string; diff: DatasetDiff }> {
  const { store } = options;
  const before = await findDataset({ name: options.before, store });
  const after = await findDataset({ name: options.after, store });
  return { before: before.version, after: after.version, diff: await diffDatasets({ before, after, store }) };
}
