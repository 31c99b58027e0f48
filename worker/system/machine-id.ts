import { randomBytes } from 'node:crypto';
import { link, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';

const ID = /^[0-9a-f]{8}$/;

/**
 * Names this machine in the queue of its jobs: `gpu-1-4f2a9c01`. The same after a restart, by an id in the state folder; another on a
 * machine that was copied with its state, by the name of the host.
 */
export async function machineId(state: string): Promise<string> {
  const file = join(state, 'machine-id');
  await mkdir(state, { recursive: true });
  const fresh = randomBytes(4).toString('hex');
  const written = `${file}.${fresh}`;
  await writeFile(written, fresh);
  // Of two workers that start at once the first one names the machine, and nobody reads half a name.
  await link(written, file).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST') throw error;
  });
  await rm(written);
  const id = (await readFile(file, 'utf8')).trim();
  if (!ID.test(id)) throw new Error(`${file}: found '${id}', expected 8 hex digits; delete the file to get a new one`);
  return `${hostname().replace(/[^\w.-]/g, '-')}-${id}`;
}
