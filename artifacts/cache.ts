import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { changed } from './checks.ts';
import { fileShelf } from './file/file-store.ts';
import { exists, refresh } from './file/publish.ts';
import { shortHash } from './place.ts';
import type { StoredArtifact } from './store.ts';

const FILES = 'files';
const FOLDERS = 'folders';

/** Longer than a training job may take, which reads its base to the end; what answers is used anew with each question. */
const IN_USE_MS = 2 * 24 * 60 * 60 * 1000;
/** Between two looks at what the copies take. */
const LOOK_MS = 10 * 60 * 1000;

/**
 * Local copies by content, below one folder that several processes share. Above `maxBytes` what was used last the longest ago goes
 * first, and nothing that was used in the last two days: a full disk is a clearer failure than a model that is gone while it trains.
 */
export function createCache({ folder, maxBytes }: { folder: string; maxBytes: number }) {
  const shelf = fileShelf(folder);
  const coming = new Map<string, Promise<string>>();
  let lookedAtMs = 0;

  /** Brings what is not there, once for all who ask at the same time. */
  async function bring(path: string, fetch: () => Promise<string>) {
    if (await exists(path)) {
      await refresh(path);
      return path;
    }
    let work = coming.get(path);
    if (!work) {
      work = fetch().finally(() => coming.delete(path));
      coming.set(path, work);
    }
    const came = await work;
    await makeRoom();
    return came;
  }

  async function makeRoom(): Promise<void> {
    if (Date.now() - lookedAtMs < LOOK_MS) return;
    lookedAtMs = Date.now();
    await trim(shelf, { maxBytes, nowMs: lookedAtMs });
  }

  return {
    shelf,
    /** A copy of a file; `fetch` writes one where there is none. */
    file: (sha256: string, ending: string, fetch: (path: string) => Promise<void>): Promise<string> =>
      bring(join(folder, FILES, `${shortHash(sha256)}${ending}`), async () =>
        copyOf(await shelf.publishFile(FILES, ending, async (path) => (await fetch(path), 0)), sha256),
      ),
    /** The same for a folder, by the first digits of its hash; `fetch` writes one and tells the whole hash. */
    folder: (tree: string, fetch: (folder: string) => Promise<string>): Promise<string> =>
      bring(join(folder, FOLDERS, tree), async () => {
        let sha256 = '';
        const fill = async (path: string) => void (sha256 = await fetch(path));
        return copyOf(
          await shelf.publishFolder({ kind: FOLDERS, fill: async (path) => (await fill(path), undefined) }),
          sha256,
        );
      }),
    /** Keeps what a writer makes, before it goes elsewhere. */
    async writeFile(ending: string, fill: (path: string) => Promise<number>) {
      const { uri, sha256, rows } = await shelf.publishFile(FILES, ending, fill);
      await makeRoom();
      return { path: fileURLToPath(uri), sha256, rows };
    },
    async writeFolder(fill: (folder: string) => Promise<void>) {
      const written = { kind: FOLDERS, fill: async (path: string) => (await fill(path), undefined) };
      const { uri, sha256 } = await shelf.publishFolder(written);
      await makeRoom();
      return { path: fileURLToPath(uri), sha256 };
    },
  };
}

/** The path of what came, if it is what was asked for. */
function copyOf({ uri, sha256: found }: { uri: string; sha256: string }, sha256: string): string {
  const path = fileURLToPath(uri);
  if (found !== sha256) throw changed(path, sha256, found);
  return path;
}

/** Deletes what was used last the longest ago, until the rest is within the limit, and what killed writers left. */
export async function trim(
  shelf: Pick<ReturnType<typeof fileShelf>, 'list' | 'delete'>,
  { maxBytes, nowMs }: { maxBytes: number; nowMs: number },
): Promise<void> {
  const found: (StoredArtifact & { usedMs: number })[] = [];
  for await (const copy of shelf.list()) found.push({ ...copy, usedMs: Date.parse(copy.writtenAt) });
  let bytes = found.reduce((sum, copy) => sum + copy.bytes, 0);
  for (const copy of found.sort((a, b) => a.usedMs - b.usedMs)) {
    if (nowMs - copy.usedMs < IN_USE_MS) break;
    if (copy.state === 'whole' && bytes <= maxBytes) continue;
    await shelf.delete(copy.uri);
    bytes -= copy.bytes;
  }
}
