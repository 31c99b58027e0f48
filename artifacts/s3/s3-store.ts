import type { S3Client } from '@aws-sdk/client-s3';
import { extname } from 'node:path';
import { ArtifactError } from '../../common/errors.ts';
import { changed, unreadable } from '../checks.ts';
import { createStore } from '../create-store.ts';
import { checkedKind, checkedName, filePath, shortHash } from '../place.ts';
import type { ArtifactStore, Shelf } from '../store.ts';
import { createCache } from '../cache.ts';
import {
  deleteFolder,
  describeFolder,
  downloadFolder,
  readManifest,
  refreshFolder,
  uploadFolder,
  type FolderManifest,
} from './folders.ts';
import { listArtifacts } from './listing.ts';
import { folderKey, parseLocation, parseUri, readKey, uriOf, type FolderPlace } from './location.ts';
import { createObjects } from './objects.ts';

export interface S3StoreOptions {
  client: S3Client;
  /** s3://bucket or s3://bucket/prefix */
  location: string;
  /** A folder for local copies. */
  cacheDir: string;
  /** What the copies may take, in bytes. */
  cacheBytes: number;
}

/**
 * A store that many machines share. Everything is written to the local cache first, and goes to S3 under the hash of its content,
 * where nothing is yet; what is read comes from the cache, else from S3, and is checked. It reads file:// URIs as well.
 */
export function createS3Store({ client, location, cacheDir, cacheBytes }: S3StoreOptions): ArtifactStore {
  const { bucket, prefix } = parseLocation(location);
  const objects = createObjects(client);
  const cache = createCache({ folder: cacheDir, maxBytes: cacheBytes });

  const reference = (place: FolderPlace, { sha256, files }: FolderManifest) => ({
    uri: uriOf({ bucket: place.bucket, key: folderKey(place) }),
    sha256,
    rows: files.length,
  });

  const shelf: Shelf = {
    local: false,

    async publishFile(kind, ending, fill) {
      const below = `${prefix}${checkedKind(kind)}`;
      const { path, sha256, rows } = await cache.writeFile(ending, fill);
      const place = { bucket, key: `${below}/${shortHash(sha256)}${ending}` };
      await objects.put(place, { path, sha256 });
      return { uri: uriOf(place), sha256, rows };
    },

    async publishFolder({ kind, name: given, fill, from }) {
      checkedKind(kind);
      const known = async (name: string) => {
        const place = { bucket, prefix, kind, name: checkedName(name) };
        const manifest = await readManifest(objects, place);
        if (!manifest) return undefined;
        await refreshFolder(objects, place, manifest);
        return reference({ ...place, tree: shortHash(manifest.sha256) }, manifest);
      };
      const early = given === undefined ? undefined : await known(given);
      if (early) return early;
      let filled: string | undefined;
      const folder =
        from ?? (await cache.writeFolder(async (unfinished) => void (filled = await fill(unfinished)))).path;
      const described = await describeFolder(folder);
      const name = filled ?? given ?? shortHash(described.sha256);
      const there = await known(name);
      if (there) return there;
      const place = { bucket, prefix, kind, name };
      const manifest = await uploadFolder(objects, place, { folder, manifest: described });
      return reference({ ...place, tree: shortHash(manifest.sha256) }, manifest);
    },

    async pathOf({ uri, sha256 }) {
      if (uri.startsWith('file:')) return filePath(uri);
      const place = parseUri(uri);
      return cache.file(sha256, extname(uri), (path) => objects.get(place, { path, sha256 }));
    },

    async localFolder(uri) {
      if (uri.startsWith('file:')) return cache.shelf.localFolder(uri);
      const place = folderOf(uri);
      // A copy has the hash of its name: S3 is asked for nothing that is here.
      return cache.folder(place.tree, async (folder) => {
        const manifest = await readManifest(objects, place);
        if (!manifest) throw unreadable(uri, 'no whole folder is there');
        if (shortHash(manifest.sha256) !== place.tree) throw changed(uri, place.tree, manifest.sha256);
        await downloadFolder(objects, { place, manifest, folder });
        return manifest.sha256;
      });
    },

    readText: (uri) => (uri.startsWith('file:') ? cache.shelf.readText(uri) : objects.text(parseUri(uri))),

    list: (kind) => listArtifacts(objects, { bucket, prefix }, kind),

    async delete(uri) {
      const place = uri.startsWith('s3:') ? parseUri(uri) : undefined;
      const parts = place?.bucket === bucket && place.key.startsWith(prefix) && readKey(place.key.slice(prefix.length));
      if (!place || !parts || parts.is === 'manifest' || (parts.is === 'part' && parts.path !== ''))
        throw new ArtifactError(`${uri}: found no artifact below ${location}, which alone may be deleted here`);
      if (parts.is === 'file') await objects.delete(place);
      else await deleteFolder(objects, { bucket, prefix, ...parts });
    },
  };

  /** Of this bucket or another. */
  function folderOf(uri: string): FolderPlace {
    const { bucket, key } = parseUri(uri);
    const [tree = '', name = '', ...kind] = key.split('/').reverse();
    if (kind.length === 0) throw unreadable(uri, 'it names no folder');
    return { bucket, prefix: '', kind: kind.reverse().join('/'), name, tree };
  }
  return createStore(shelf);
}
