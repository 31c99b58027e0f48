import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { isAlive, processStartTime, type ProcessIdentity } from '../../common/process-identity.ts';

/**
 * Enters this process in a file as the only one that keeps processes running for a state folder: two would end each other's.
 * @throws Error in the words that `taken` gives for the process that is there already
 */
export async function requireOnly(file: string, taken: (pid: number) => string): Promise<void> {
  const other = await readFile(file, 'utf8')
    .then((text) => JSON.parse(text) as ProcessIdentity)
    .catch(() => undefined); // None, or half-written by a killed start.
  if (other && other.pid !== process.pid && (await isAlive(other))) throw new Error(taken(other.pid));
  const startTime = (await processStartTime(process.pid)) ?? '';
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, JSON.stringify({ pid: process.pid, startTime }));
}
