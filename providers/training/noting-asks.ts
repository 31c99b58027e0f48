import { stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { TrainerName } from '../../configs/schema.ts';
import type { Trainer } from '../../contract/jobs.ts';

/** A look comes each second while somebody waits for a job. */
const NOTE_EVERY_MS = 5_000;

/**
 * The same trainer, which notes in each job's folder when it was last asked about, for all workers of the machine: a job that no run asks
 * for any more is told from one that is waited for.
 * @param workDir the folder below which each job has its own, by its key
 */
export function notingAsks<Name extends TrainerName>(
  trainer: Trainer<Name>,
  workDir: string,
  nowMs = Date.now,
): Trainer<Name> {
  const noted = new Map<string, number>();
  const fileOf = (key: string) => path.join(workDir, key, 'asked');
  const note = async (key: string) => {
    const now = nowMs();
    if (now - (noted.get(key) ?? -Infinity) < NOTE_EVERY_MS) return;
    noted.set(key, now);
    // A job that was never launched here has no folder.
    await writeFile(fileOf(key), String(now)).catch(() => {});
  };
  const askedAtMs = (key: string) =>
    stat(fileOf(key)).then(
      ({ mtimeMs }) => mtimeMs,
      () => undefined, // Launched by a version that noted nothing.
    );
  return {
    ...trainer,
    launch: async (job) => {
      const handle = await trainer.launch(job);
      await note(job.key);
      return handle;
    },
    poll: async (handle) => {
      await note(handle.key);
      return trainer.poll(handle);
    },
    running: async () =>
      Promise.all(
        (await trainer.running()).map(async (handle) => ({ ...handle, askedAtMs: await askedAtMs(handle.key) })),
      ),
  };
}
