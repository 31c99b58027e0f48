import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { openDataset, type BuiltDataset } from '../assembly/build.ts';
import { DatasetError } from '../../common/errors.ts';
import type { ArtifactStore } from '../../artifacts/store.ts';

/**
 * Opens the dataset that a person names: a folder, or a version (its first digits are enough) of the artifacts' `datasets/`.
 * @throws DatasetError that names what is known, or ArtifactError for a folder that is no dataset
 */
export async function findDataset(input: { name: string; store: ArtifactStore }): Promise<BuiltDataset> {
  const { name, store } = input;
  if (existsSync(join(name, 'manifest.json')))
    return openDataset({ uri: pathToFileURL(resolve(name)).href.replace(/\/$/, ''), store });
  const versions = await listDatasets(store);
  const found = versions.filter(({ version }) => version.startsWith(name));
  const [only] = found;
  if (only && found.length === 1) return openDataset({ uri: only.uri, store });
  const known = (found.length > 0 ? found : versions).map(({ model, version }) => `${version} (${model})`);
  throw new DatasetError(
    `${found.length > 0 ? `several datasets begin with '${name}'` : `no dataset '${name}'`}; ` +
      `expected a version or the folder of a dataset; known: ${known.slice(0, 20).join(', ') || 'none, build one with: npx whetstone dataset build CONFIG --out FOLDER'}`,
  );
}

/** A version that was built. */
export interface KnownDataset {
  model: string;
  version: string;
  uri: string;
  /** ISO 8601. */
  builtAt: string;
}

const KIND = 'datasets';

/** Versions that were built here, the oldest first. */
export async function listDatasets(store: ArtifactStore): Promise<KnownDataset[]> {
  const known: KnownDataset[] = [];
  for await (const { kind, name, uri, writtenAt } of store.list(KIND))
    known.push({ model: kind.slice(KIND.length + 1), version: name, uri, builtAt: writtenAt });
  return known.sort((a, b) => Date.parse(a.builtAt) - Date.parse(b.builtAt) || (a.version < b.version ? -1 : 1));
}
