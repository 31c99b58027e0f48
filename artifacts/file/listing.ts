import { randomUUID } from 'node:crypto';
import { mkdir, readdir, rename, rm, stat } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { pathToFileURL } from 'node:url';
import { ArtifactError } from '../../common/errors.ts';
import { filesBelow } from '../../common/hash.ts';
import { nameOf } from '../place.ts';
import type { StoredArtifact } from '../store.ts';
import { UNFINISHED } from './publish.ts';

/** Every artifact below a root, by the rule of names: 12 hex digits are one, any other folder is a kind. */
export async function* listBelow(root: string, kind?: string): AsyncGenerator<StoredArtifact> {
  yield* walk(root, kind ?? '');
  if (kind !== undefined) return;
  for (const entry of await entries(join(root, UNFINISHED)))
    yield* found({ path: join(root, UNFINISHED, entry.name), kind: '', name: entry.name, state: 'unfinished' });
}

async function* walk(root: string, kind: string): AsyncGenerator<StoredArtifact> {
  for (const entry of await entries(join(root, kind))) {
    const path = join(root, kind, entry.name);
    const name = nameOf(entry.name);
    if (name !== undefined && kind !== '') yield* found({ path, kind, name, state: 'whole' });
    else if (entry.isDirectory() && entry.name !== UNFINISHED)
      yield* walk(root, kind ? `${kind}/${entry.name}` : entry.name);
  }
}

/** None where it was deleted meanwhile. */
async function* found(of: Pick<StoredArtifact, 'kind' | 'name' | 'state'> & { path: string }) {
  const { path, ...known } = of;
  try {
    const at = await stat(path);
    const files = at.isDirectory() ? await filesBelow(path) : [];
    const sizes = await Promise.all(files.map(async (file) => (await stat(join(path, file))).size));
    const bytes = at.isDirectory() ? sizes.reduce((sum, size) => sum + size, 0) : at.size;
    yield { ...known, uri: pathToFileURL(path).href, bytes, writtenAt: at.mtime.toISOString() };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
}

async function entries(folder: string) {
  return readdir(folder, { withFileTypes: true }).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return [];
    throw error;
  });
}

/**
 * Deletes a file or a folder below `root`. A folder is renamed away first, so that nobody finds half of it.
 * @throws ArtifactError for what is no artifact of this store
 */
export async function deleteBelow(root: string, path: string): Promise<void> {
  const parts = relative(root, path).split(sep);
  const last = parts.at(-1) ?? '';
  if (parts.length < 2 || parts[0] === '..' || (parts[0] !== UNFINISHED && nameOf(last) === undefined))
    throw new ArtifactError(`${path}: found no artifact below ${root}, which alone may be deleted here`);
  const doomed = join(root, UNFINISHED, randomUUID());
  await mkdir(join(root, UNFINISHED), { recursive: true });
  try {
    await rename(path, doomed);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
    throw error;
  }
  await rm(doomed, { recursive: true, force: true });
}
