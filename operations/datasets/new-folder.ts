import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readdir, rename, rm, rmdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { RequestError } from '../../common/errors.ts';

/**
 * Before any work is done for it.
 * @throws RequestError where a folder with files would be mixed with ours, or none can be made
 */
export async function requireEmpty(out: string): Promise<void> {
  const refuse = (why: string, cause?: unknown) => new RequestError(`out ${out}: ${why}`, { field: 'out', cause });
  if (existsSync(out)) {
    const files = await readdir(out).catch(() => undefined);
    if (!files) throw refuse('found a file; name a new or empty folder');
    if (files.length > 0) throw refuse('found a folder with files in it; name a new or empty one');
  }
  let parent = dirname(out);
  while (!existsSync(parent)) parent = dirname(parent);
  const temporary = join(parent, `.${randomUUID()}`);
  try {
    await mkdir(temporary);
    await rmdir(temporary);
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    throw refuse(`no folder can be made there (${code}); name one that you may write`, cause);
  }
}

/** Fills a folder beside `out` and puts it in its place: all or nothing, for a reader never sees half of it. */
export async function writeFolder<T>(out: string, fill: (folder: string) => Promise<T>): Promise<T> {
  const temporary = join(dirname(out), `.${randomUUID()}`);
  try {
    await mkdir(dirname(out), { recursive: true });
    const filled = await fill(temporary);
    await rename(temporary, out);
    return filled;
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
}
