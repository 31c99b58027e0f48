import type { BaseModelMaker } from '../../contract/jobs.ts';
import { detectAccelerator } from './accelerator.ts';
import { fetchedBase } from './base-fetched.ts';
import { tinyLlama } from './base-tiny-llama.ts';
import { runningJobs } from './job-folders.ts';
import type { Machine } from './machine.ts';
import type { Accelerator } from './trl-config.ts';
import { cancelTrlJob, launchTrlJob, pollTrlJob } from './trl-job.ts';

export interface BaseModelMakerOptions {
  /** Python of an environment with torch, transformers, trl and huggingface_hub. */
  python: string;
  /** Bases are kept below it, shared by all who name the same folder: each is made once. */
  cacheDir: string;
  /** Where to compute; asked of torch when left out. */
  accelerator?: Accelerator;
  /** What jobs take in turn; without one, they run beside each other. */
  machine?: Machine;
  /** How long a cancelled process may take to end by itself, in milliseconds. */
  graceMs?: number;
  /** Steps of the plain-text pre-training. */
  pretrainingSteps?: number;
}

/** Makes `tiny-llama` from the documents' text, and brings any other base from where it is; either once, into the cache. */
export function createBaseModelMaker(options: BaseModelMakerOptions): BaseModelMaker {
  const { python, cacheDir, accelerator, machine, graceMs = 10_000 } = options;
  let detected: Promise<Accelerator> | undefined;
  const where = () => (detected ??= accelerator ? Promise.resolve(accelerator) : detectAccelerator(python));

  return {
    async launch(job) {
      const made =
        job.base === 'tiny-llama' ? await tinyLlama(job, await where(), options) : await fetchedBase(job, options);
      return { provider: 'base', ...(await launchTrlJob(made, machine)) };
    },
    poll: (handle) => pollTrlJob(handle, graceMs),
    cancel: (handle) => cancelTrlJob(handle, graceMs),
    running: async () => (await runningJobs(cacheDir)).map((job) => ({ provider: 'base', ...job })),
  };
}
