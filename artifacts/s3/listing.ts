import { mapConcurrent } from '../../common/concurrent.ts';
import { shortHash } from '../place.ts';
import type { StoredArtifact } from '../store.ts';
import { readManifest } from './folders.ts';
import { folderKey, readKey, uriOf, type S3Location } from './location.ts';
import type { Found, Objects } from './objects.ts';

const MANIFESTS_AT_ONCE = 8;

/** A name's folders: one that its manifest names, and what other writers left. */
interface Folders {
  kind: string;
  name: string;
  manifest?: Found;
  trees: Map<string, { bytes: number; writtenAt: string }>;
}

/** Every artifact below a kind, or below the prefix. */
export async function* listArtifacts(
  objects: Objects,
  { bucket, prefix }: S3Location,
  kind?: string,
): AsyncGenerator<StoredArtifact> {
  const folders = new Map<string, Folders>();
  for await (const found of objects.list({ bucket, key: `${prefix}${kind === undefined ? '' : `${kind}/`}` })) {
    const parts = readKey(found.key.slice(prefix.length));
    if (!parts) continue;
    const { kind, name } = parts;
    if (parts.is === 'file') {
      const { bytes, writtenAt } = found;
      yield { uri: uriOf({ bucket, key: found.key }), kind, name, bytes, writtenAt, state: 'whole' };
      continue;
    }
    const at = `${kind}/${name}`;
    const folder: Folders = folders.get(at) ?? { kind, name, trees: new Map() };
    folders.set(at, folder);
    if (parts.is === 'manifest') folder.manifest = found;
    else folder.trees.set(parts.tree, sum(folder.trees.get(parts.tree), found));
  }
  const known = await mapConcurrent({
    items: [...folders.values()],
    concurrency: MANIFESTS_AT_ONCE,
    fn: async (folder) => ({
      ...folder,
      read: folder.manifest && (await readManifest(objects, { bucket, prefix, ...folder })),
    }),
  });
  for (const { kind, name, manifest, trees, read } of known)
    for (const [tree, { bytes, writtenAt }] of trees) {
      const whole = read !== undefined && shortHash(read.sha256) === tree;
      const uri = uriOf({ bucket, key: folderKey({ prefix, kind, name, tree }) });
      yield whole && manifest
        ? { uri, kind, name, bytes: bytes + manifest.bytes, writtenAt: manifest.writtenAt, state: 'whole' }
        : { uri, kind: '', name, bytes, writtenAt, state: 'unfinished' };
    }
}

function sum(before: { bytes: number; writtenAt: string } | undefined, { bytes, writtenAt }: Found) {
  if (!before) return { bytes, writtenAt };
  return { bytes: before.bytes + bytes, writtenAt: before.writtenAt > writtenAt ? before.writtenAt : writtenAt };
}
