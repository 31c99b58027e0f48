import { lstat, readdir } from 'node:fs/promises';
import { dirname, relative, resolve, sep } from 'node:path';
import type { Fate, KnownDocument, Presence } from '../../contract/retrieval.ts';
import type { PresenceRow, PresentDocument } from '../../schema/presence.ts';

/** Of a folder of this machine. */
const LOCAL = 'file:';
export const localSource = (base: string): string => `${LOCAL}${base}`;

/**
 * What became of documents that a reading did not find. One is gone where its place was looked at, and it is not there; whatever could not be
 * read, listed or reached says nothing of it.
 * @param projectRoot what paths start at
 */
export function presenceOf(
  rows: Iterable<PresenceRow>,
  projectRoot: string,
): Presence & {
  /** Folders without a file in them, with how many documents they had: what is left of a disk that is not mounted looks the same. */
  emptyFolders: ReadonlyMap<string, number>;
} {
  const present: PresentDocument[] = [];
  const files = new Map<string, boolean>();
  const listed = new Set<string>();
  for (const row of rows) {
    if (row.kind === 'listed') listed.add(row.source);
    else if (row.kind === 'file') files.set(row.location, row.whole);
    else {
      const { kind: _kind, ...document } = row;
      present.push(document);
    }
  }
  const emptyFolders = new Map<string, number>();

  const fateOf = async ({ location, source }: KnownDocument): Promise<Fate> => {
    const isWhole = files.get(location);
    if (isWhole !== undefined) return isWhole ? 'gone' : 'unknown';
    if (!source.startsWith(LOCAL)) return listed.has(source) ? 'gone' : 'unknown';
    const found = await lookAt(resolve(projectRoot, location), resolve(projectRoot, source.slice(LOCAL.length)));
    if (typeof found === 'string') return found;
    const folder = relative(projectRoot, found.empty).split(sep).join('/') || '.';
    emptyFolders.set(folder, (emptyFolders.get(folder) ?? 0) + 1);
    return 'unknown';
  };
  return { present, fateOf, emptyFolders };
}

/** Whether a file is gone from a folder that is there. @param base the folder that documents were looked for in */
async function lookAt(file: string, base: string): Promise<Fate | { empty: string }> {
  if (await isThere(file)) return 'unknown';
  // The nearest folder above that is left: a whole folder may have been removed, but not the one that was named.
  for (let folder = dirname(file); ; folder = dirname(folder)) {
    const below = relative(base, folder);
    if (below === '..' || below.startsWith(`..${sep}`)) return 'unknown';
    try {
      const names = await readdir(folder);
      return names.some((name) => !name.startsWith('.')) ? 'gone' : { empty: folder };
    } catch (error) {
      if (!isMissing(error)) return 'unknown';
    }
  }
}

/** Where it can't be told, it is. */
async function isThere(path: string): Promise<boolean> {
  try {
    await lstat(path);
    return true;
  } catch (error) {
    return !isMissing(error);
  }
}

const isMissing = (error: unknown) => ['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '');
