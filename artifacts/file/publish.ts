import { randomUUID } from 'node:crypto';
import { mkdir, open, rename, rm, stat, utimes } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { hashFolder, sha256OfFile } from '../../common/hash.ts';
import type { DataRef } from '../../schema/data.ts';

/** Where writers work: what is found here belongs to one that works still, or was killed. */
export const UNFINISHED = '.tmp';

/** What was written: its hash and, of a folder, its files. */
interface Written {
  sha256: string;
  files: string[];
}

interface Publishing<T> {
  folder?: boolean;
  /** Writes the content. */
  fill: (path: string) => Promise<T>;
  /** Says where it belongs, and what to answer: it may be there already. */
  place: (filled: T, written: Written) => { final: string; settle: (alreadyThere: boolean) => Promise<DataRef> };
}

/**
 * Writes below `root`: to a temporary name on the same disk, fsynced, renamed to the name that its content gives it, and the
 * folder fsynced, so that a crash leaves all or nothing. What is there already stays.
 */
export function createPublisher(root: string) {
  return async <T>({ folder = false, fill, place }: Publishing<T>): Promise<DataRef> => {
    const temporary = join(root, UNFINISHED, randomUUID());
    await mkdir(folder ? temporary : dirname(temporary), { recursive: true });
    try {
      const filled = await fill(temporary);
      const { final, settle } = place(filled, await (folder ? syncFolder(temporary) : syncFile(temporary)));
      if (await exists(final)) return await settle(true);
      await mkdir(dirname(final), { recursive: true });
      const moved = await moveInto(temporary, final);
      await syncUpTo(root, final);
      return await settle(!moved);
    } finally {
      await rm(temporary, { recursive: true, force: true });
    }
  };
}

/** Less than any clean-up waits: content that is written again often is not touched each time. */
const FRESH_MS = 60 * 60 * 1000;

/** Notes that the same content was written again, so that no clean-up takes it for old. */
export async function refresh(path: string): Promise<void> {
  const { mtimeMs } = await stat(path);
  const now = new Date();
  if (now.getTime() - mtimeMs > FRESH_MS) await utimes(path, now, now);
}

async function syncFile(path: string): Promise<Written> {
  await sync(path);
  return { sha256: await sha256OfFile(path), files: [] };
}

async function syncFolder(path: string): Promise<Written> {
  const written = await hashFolder(path);
  await Promise.all(written.files.map((file) => sync(join(path, file))));
  for (const folder of new Set(written.files.map((file) => dirname(join(path, file)))))
    await syncUpTo(path, join(folder, 'any'));
  return written;
}

/** Renames. False when another writer put a folder there first: that one is kept. */
async function moveInto(temporary: string, final: string): Promise<boolean> {
  try {
    await rename(temporary, final);
    return true;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOTEMPTY' || code === 'EEXIST') return false;
    throw error;
  }
}

export const exists = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  );

async function sync(path: string): Promise<void> {
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Fsyncs the folders from the one that holds `path` up to `top`, so that their new entries outlive a crash. */
async function syncUpTo(top: string, path: string): Promise<void> {
  let folder = path;
  do {
    folder = dirname(folder);
    await sync(folder);
  } while (folder !== top && folder !== dirname(folder));
}
