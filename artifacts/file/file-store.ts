import { readFile, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { hashFolder } from '../../common/hash.ts';
import type { DataRef } from '../../schema/data.ts';
import { changed, unreadable, verified } from '../checks.ts';
import { createStore } from '../create-store.ts';
import { checkedKind, checkedName, filePath, shortHash } from '../place.ts';
import type { ArtifactStore, Shelf } from '../store.ts';
import { deleteBelow, listBelow } from './listing.ts';
import { createPublisher, exists, refresh } from './publish.ts';

/**
 * A store of immutable artifacts below `rootDir` (made when missing), for one machine: a crash leaves all of an artifact or
 * nothing. It reads any file:// URI.
 */
export const createFileStore = (rootDir: string): ArtifactStore => createStore(fileShelf(rootDir));

/** The same, as a shelf: other shelves keep their local copies on one. */
export function fileShelf(rootDir: string): Shelf {
  const root = resolve(rootDir);
  const publish = createPublisher(root);

  /** The folder under a name, as it is. */
  async function kept(final: string): Promise<DataRef> {
    const { sha256, files } = await hashFolder(final);
    await refresh(final);
    return { uri: pathToFileURL(final).href, sha256, rows: files.length };
  }

  return {
    local: true,

    publishFile: (kind, ending, fill) =>
      publish({
        fill: async (path) => ({ rows: await fill(path) }),
        place: ({ rows }, { sha256 }) => {
          const final = join(root, checkedKind(kind), `${shortHash(sha256)}${ending}`);
          const ref = { uri: pathToFileURL(final).href, sha256, rows };
          const settle = async (alreadyThere: boolean) => {
            if (!alreadyThere) return ref;
            await verified(ref, final);
            await refresh(final);
            return ref;
          };
          return { final, settle };
        },
      }),

    async publishFolder({ kind, name: given, fill }) {
      const at = (name: string) => join(root, checkedKind(kind), checkedName(name));
      if (given !== undefined && (await exists(at(given)))) return kept(at(given));
      return publish({
        folder: true,
        fill: async (path) => ({ name: (await fill(path)) ?? given }),
        place: ({ name }, { sha256, files }) => {
          const final = at(name ?? shortHash(sha256));
          const settle = async (alreadyThere: boolean): Promise<DataRef> => {
            if (!alreadyThere) return { uri: pathToFileURL(final).href, sha256, rows: files.length };
            const found = await kept(final);
            if (name === undefined && found.sha256 !== sha256) throw changed(final, sha256, found.sha256);
            return found;
          };
          return { final, settle };
        },
      });
    },

    pathOf: async ({ uri }) => filePath(uri),
    localFolder: async (uri) => {
      const path = filePath(uri);
      const found = await stat(path).catch((cause: unknown) => {
        throw unreadable(path, cause);
      });
      if (!found.isDirectory()) throw unreadable(path, 'it is no folder');
      return path;
    },
    readText: async (uri) => {
      const path = filePath(uri);
      return readFile(path, 'utf8').catch((cause: unknown) => {
        throw unreadable(path, cause);
      });
    },
    list: (kind) => listBelow(root, kind),
    delete: (uri) => deleteBelow(root, filePath(uri)),
  };
}
