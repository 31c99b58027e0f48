import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';

/** SHA-256 of text (as UTF-8) or bytes, in hex. */
export function sha256Of(content: string | Uint8Array): string {
  return createHash('sha256').update(content).digest('hex');
}

/** SHA-256 of a file's bytes, in hex, read as a stream. */
export async function sha256OfFile(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const part of createReadStream(path)) hash.update(part as Buffer);
  return hash.digest('hex');
}

/** Paths of all files below a folder, with forward slashes, sorted by code unit. Links are followed. */
export async function filesBelow(folder: string, prefix = ''): Promise<string[]> {
  const found: string[] = [];
  for (const name of await readdir(join(folder, prefix))) {
    const path = prefix ? `${prefix}/${name}` : name;
    if ((await stat(join(folder, path))).isDirectory()) found.push(...(await filesBelow(folder, path)));
    else found.push(path);
  }
  return prefix ? found : found.sort();
}

/** One hash for a folder: SHA-256 over a line `<sha256 of the file>  <path>` for each file, sorted by path. */
export async function hashFolder(folder: string): Promise<{ sha256: string; files: string[] }> {
  const files = await filesBelow(folder);
  const hash = createHash('sha256');
  for (const file of files) hash.update(`${await sha256OfFile(join(folder, file))}  ${file}\n`);
  return { sha256: hash.digest('hex'), files };
}
