import { statfs } from 'node:fs/promises';
import type { JobState } from './training/job-process.ts';

/** Whether a job died for want of disk: it may leave no more than a signal, or nothing. */

/** As the system, Node and torch's writer of files say it. */
const DISK_FULL =
  /No space left on device|ENOSPC|\bos error 28\b|Disk quota exceeded|PytorchStreamWriter failed writing/i;
const TAIL = 16_000;

/** Whether the end of a log says that the disk is full, by which line. What dies of that may leave no more than a signal, or nothing. */
export function diskFullIn(text: string): string | undefined {
  const lines = text.slice(-TAIL).split(/[\r\n]+/);
  return lines.findLast((line) => DISK_FULL.test(line))?.trim();
}

/** With less than this free, neither a checkpoint nor the exit code finds room. */
const FULL_BYTES = 1_000_000;

/** Why a job that failed did so for want of disk, in words; its log may lie on that disk, and then says nothing. */
export async function fullDisk(
  folder: string,
  { text, job }: { text: string; job: JobState },
): Promise<string | undefined> {
  if (job.state !== 'died' && !(job.state === 'exited' && job.code !== 0)) return undefined;
  const said = diskFullIn(text);
  if (said !== undefined || (job.state === 'died' && job.cancelled)) return said;
  const { bavail, bsize } = await statfs(folder);
  return bavail * bsize < FULL_BYTES ? `${bavail * bsize} bytes free` : undefined;
}
