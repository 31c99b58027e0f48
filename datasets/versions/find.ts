import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { openDataset, type BuiltDataset } from '../assembly/build.ts';
import { DatasetError } from '../../common/errors.ts';
import { type ArtifactStore } from '../../artifacts/store.ts';

/**
 * Opens the dataset that a person names: a folder, or a version (its first digits are enough) of the artifacts' `datasets/`.
 * @throws DatasetError that names what is known, or ArtifactError for a folder that is no dataset
 */
export async function findDataset(input: {
  name: string;
  artifacts: string;
  store: ArtifactStore;
}): Promise<BuiltDataset> {
  const { name, artifacts, store } = input;
  if (existsSync(join(name, 'manifest.json')))
    return openDataset({ uri: pathToFileURL(resolve(name)).href.replace(/\/$/, ''), store });
  const versions = await listDatasets(artifacts);
  const found = versions.filter(({ version }) => version.startsWith(name));
  const [only] = found;
  if (only && found.length === 1) return openDataset({ uri: pathToFileURL(only.folder).href, store });
  const known = (found.length > 0 ? found : versions).map(({ model, version }) => `${version} (${model})`);
  throw new DatasetError(
    `${found.length > 0 ? `several datasets begin with '${name}'` : `no dataset '${name}'`}; ` +
      `expected a version or the folder of a dataset; known: ${known.slice(0, 20).join(', ') || 'none, build one with: npx whetstone dataset build CONFIG --out FOLDER'}`,
  );
}

/** Versions that were built here, by model. */
export async function listDatasets(artifacts: string): Promise<{ model: string; version: string; folder: string }[]> {
  const root = join(artifacts, 'datasets');
  const names = async (folder: string) =>
    (await readdir(folder, { withFileTypes: true }).catch(() => [])).flatMap((entry) =>
      entry.isDirectory() ? [entry.name] : [],
    );
  const found = await Promise.all(
    (await names(root)).map(async (model) =>
      (await names(join(root, model))).map((version) => ({ model, version, folder: join(root, model, version) })),
    ),
  );
  return found.flat().sort((a, b) => (a.version < b.version ? -1 : 1));
}
