import { randomUUID } from 'node:crypto';
import { copyFile, cp, link, mkdir, readdir, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import type { CheckpointStore } from '../../contract/jobs.ts';
import { newestCheckpoint, type Checkpoint } from './model-folder.ts';

/** A job's checkpoints on their way between its folder and the store that machines share. */

/** A job as its checkpoints know it. */
export interface TrainedFolder {
  key: string;
  /** Where its trainer writes checkpoints. */
  output: string;
  /** A folder of its own on the same disk. */
  side: string;
}

/**
 * Brings a job's newest checkpoint into its folder, where that is further than what lies there. Only for a job that does not run.
 * @returns its step, where one was brought
 */
export async function bringCheckpoint(
  store: Pick<CheckpointStore, 'newest'>,
  { key, output, side }: TrainedFolder,
): Promise<number | undefined> {
  const here = await newestCheckpoint(output);
  const found = await store.newest({ key, above: here?.step ?? 0 });
  if (!found) return undefined;
  const unfinished = path.join(side, randomUUID());
  try {
    await cp(found.folder, unfinished, { recursive: true });
    await mkdir(output, { recursive: true });
    const final = path.join(output, `checkpoint-${found.step}`);
    // Half of one may lie there: it did not count as the newest.
    await rm(final, { recursive: true, force: true });
    await rename(unfinished, final);
  } finally {
    await rm(unfinished, { recursive: true, force: true });
  }
  return found.step;
}

/** How long nothing is sent after a failure: a whole checkpoint is read for each try. */
const PAUSE_MS = 30_000;

/** Sends the newest checkpoints of jobs while they train, one at a time, and whatever a process before this one did not come to. */
export interface CheckpointSender {
  /** Looks for one to send, and returns at once. */
  look(job: TrainedFolder): void;
  /** Sends the newest one, and returns once it is there, or can't be sent. */
  finish(job: TrainedFolder): Promise<void>;
}

/** @param options.say told what can't be sent: training goes on all the same */
export function createCheckpointSender(options: {
  store: Pick<CheckpointStore, 'put'>;
  say: (message: string) => void;
  pauseMs?: number;
}): CheckpointSender {
  const { store, say, pauseMs = PAUSE_MS } = options;
  /** By key: the last step that is there, and when one may be tried again. */
  const sent = new Map<string, number>();
  const notBefore = new Map<string, number>();
  let busy: Promise<void> | undefined;

  async function send(job: TrainedFolder): Promise<void> {
    const { key, output, side } = job;
    try {
      if (!sent.has(key)) {
        // What a process before this one had under way when it was killed.
        await rm(side, { recursive: true, force: true });
        sent.set(key, 0);
      }
      const newest = await newestCheckpoint(output, sent.get(key));
      if (!newest) return;
      await withLinks(newest, side, (folder) => store.put({ key, step: newest.step, folder }));
      sent.set(key, newest.step);
    } catch (error) {
      notBefore.set(key, Date.now() + pauseMs);
      say(`the checkpoint of job ${key} can't be kept elsewhere, and is tried again: ${(error as Error).message}`);
    }
  }

  const start = (job: TrainedFolder) => (busy = send(job).finally(() => (busy = undefined)));
  return {
    look(job) {
      if (!busy && Date.now() >= (notBefore.get(job.key) ?? 0)) void start(job);
    },
    async finish(job) {
      while (busy) await busy;
      await start(job);
    },
  };
}

/** The trainer removes old checkpoints while they are sent: links keep what they held, and take no room. */
async function withLinks(
  { folder, step }: Checkpoint,
  side: string,
  use: (folder: string) => Promise<void>,
): Promise<void> {
  const links = path.join(side, `${step}-${randomUUID()}`);
  await mkdir(links, { recursive: true });
  try {
    for (const name of await readdir(folder)) {
      const [from, to] = [path.join(folder, name), path.join(links, name)];
      // Some disks know no links.
      await link(from, to).catch(() => copyFile(from, to));
    }
    await use(links);
  } finally {
    await rm(links, { recursive: true, force: true });
  }
}
