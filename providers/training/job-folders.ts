import { readdir } from 'node:fs/promises';
import path from 'node:path';
import type { JobHandle } from '../../contract/jobs.ts';
import { observeJob } from './job-process.ts';

/** A job by its folder: all of a handle but whose it is. */
export type JobFolder = Pick<JobHandle, 'key' | 'location'>;

/** Jobs below a folder whose process is alive. */
export async function runningJobs(workDir: string): Promise<JobFolder[]> {
  const running: JobFolder[] = [];
  for (const key of await readdir(workDir).catch(() => [])) {
    const location = path.join(workDir, key);
    const isRunning = await observeJob(location).then(
      ({ state }) => state === 'running',
      () => false, // No job's folder.
    );
    if (isRunning) running.push({ key, location });
  }
  return running;
}
