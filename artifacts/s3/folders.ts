import { mkdir, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { mapConcurrent } from '../../common/concurrent.ts';
import { filesBelow, sha256Of, sha256OfFile } from '../../common/hash.ts';
import { unreadable } from '../checks.ts';
import { shortHash } from '../place.ts';
import { explain } from './errors.ts';
import { folderKey, manifestKey, uriOf, type FolderPlace } from './location.ts';
import type { Objects } from './objects.ts';

/**
 * Folders in a bucket. A folder's files lie below the hash of the whole, and its manifest is written last, by one writer alone: what
 * has no manifest is not there, and of two writers under one name one has written it.
 */

const FILES_AT_ONCE = 4;

export const FolderManifestSchema = z.object({
  /** As `hashFolder` has it. */
  sha256: z.string(),
  files: z.array(z.object({ path: z.string(), bytes: z.number(), sha256: z.string() })).min(1),
});
export type FolderManifest = z.infer<typeof FolderManifestSchema>;

type Named = Omit<FolderPlace, 'tree'>;

/** What a local folder holds; its hash is that of `hashFolder`. */
export async function describeFolder(folder: string): Promise<FolderManifest> {
  const files: FolderManifest['files'] = [];
  for (const path of await filesBelow(folder)) {
    const file = join(folder, path);
    files.push({ path, bytes: (await stat(file)).size, sha256: await sha256OfFile(file) });
  }
  return { sha256: sha256Of(files.map(({ sha256, path }) => `${sha256}  ${path}\n`).join('')), files };
}

/** The manifest under a name, or undefined where no whole folder is. */
export async function readManifest(objects: Objects, place: Named): Promise<FolderManifest | undefined> {
  const at = { bucket: place.bucket, key: manifestKey(place) };
  const text = await objects.textIfThere(at);
  if (text === undefined) return undefined;
  try {
    return FolderManifestSchema.parse(JSON.parse(text));
  } catch (cause) {
    throw unreadable(uriOf(at), cause);
  }
}

const textOf = (manifest: FolderManifest) => `${JSON.stringify(manifest, null, 2)}\n`;

/** Notes that a folder was written again, so that no clean-up takes it for old. */
export const refreshFolder = (objects: Objects, place: Named, manifest: FolderManifest): Promise<void> =>
  objects.refresh({ bucket: place.bucket, key: manifestKey(place) }, textOf(manifest));

/** Writes a local folder under a name, unless there is one; returns the manifest of the one that is there then. */
export async function uploadFolder(
  objects: Objects,
  place: Named,
  { folder, manifest }: { folder: string; manifest: FolderManifest },
): Promise<FolderManifest> {
  const tree = folderKey({ ...place, tree: shortHash(manifest.sha256) });
  const { bucket } = place;
  await mapConcurrent({
    items: manifest.files,
    concurrency: FILES_AT_ONCE,
    fn: ({ path, sha256 }) => objects.put({ bucket, key: `${tree}/${path}` }, { path: join(folder, path), sha256 }),
  });
  const at = { bucket, key: manifestKey(place) };
  if (await objects.putText(at, textOf(manifest), { only: true })) return manifest;
  const first = await readManifest(objects, place);
  if (!first) throw explain(new Error('another writer is at it'), { doing: 'write', uri: uriOf(at) });
  if (first.sha256 !== manifest.sha256) await deleteTree(objects, { bucket, key: tree });
  return first;
}

/** Brings every file of a folder to an empty local one. @throws ArtifactError where one has another hash */
export async function downloadFolder(
  objects: Objects,
  { place, manifest, folder }: { place: FolderPlace; manifest: FolderManifest; folder: string },
): Promise<void> {
  const tree = folderKey(place);
  await mapConcurrent({
    items: manifest.files,
    concurrency: FILES_AT_ONCE,
    fn: async ({ path, sha256 }) => {
      const local = join(folder, path);
      await mkdir(dirname(local), { recursive: true });
      await objects.get({ bucket: place.bucket, key: `${tree}/${path}` }, { path: local, sha256 });
    },
  });
}

/** Deletes a folder: its manifest first, so that nobody takes the rest for whole. */
export async function deleteFolder(objects: Objects, place: FolderPlace): Promise<void> {
  const { bucket } = place;
  const manifest = await readManifest(objects, place);
  if (manifest && shortHash(manifest.sha256) === place.tree) await objects.delete({ bucket, key: manifestKey(place) });
  await deleteTree(objects, { bucket, key: folderKey(place) });
}

async function deleteTree(objects: Objects, { bucket, key }: { bucket: string; key: string }): Promise<void> {
  const keys: string[] = [];
  for await (const found of objects.list({ bucket, key: `${key}/` })) keys.push(found.key);
  await mapConcurrent({
    items: keys,
    concurrency: FILES_AT_ONCE,
    fn: (found) => objects.delete({ bucket, key: found }),
  });
}
