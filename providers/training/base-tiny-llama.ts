import { sha256Of } from '../../common/hash.ts';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { localPath } from './model-folder.ts';
import type { JobPaths, Plan, TrlJob } from './trl-job.ts';
import { PRETRAINING, loggingSteps, pretrainingConfig, trainingEnvironment, trlArguments } from './trl-config.ts';
import type { Accelerator } from './trl-config.ts';
import type { BaseModelJob } from '../../contract/jobs.ts';

const SCRIPTS = path.join(import.meta.dirname, '../python');
const MAKE_SCRIPT = path.join(SCRIPTS, 'make_base.py');

/** A tokenizer and random weights by make_base.py, then plain-text pre-training by trl. */
export async function tinyLlama(
  job: BaseModelJob,
  accelerator: Accelerator,
  options: { python: string; cacheDir: string; pretrainingSteps?: number },
): Promise<TrlJob> {
  const { python, cacheDir, pretrainingSteps = PRETRAINING.maxSteps } = options;
  const { corpus: given } = job;
  if (!given) throw new Error(`base '${job.base}': found no corpus to learn from; expected the documents' text`);
  const corpus = localPath(given.uri, `base '${job.base}': corpus`);
  // The recipe is part of the key: a base made by another one is another base.
  const recipe = digest([await readFile(MAKE_SCRIPT, 'utf8'), JSON.stringify(PRETRAINING), String(pretrainingSteps)]);
  const key = `tiny-llama-${digest([given.sha256, recipe, String(job.seed)]).slice(0, 16)}`;
  return {
    folder: path.join(cacheDir, key),
    identity: {
      key,
      subject: `base '${job.base}'`,
      totalSteps: pretrainingSteps,
      job: { base: job.base, corpus: given.sha256, recipe, seed: job.seed },
    },
    loggingSteps: loggingSteps(pretrainingSteps),
    async plan({ folder, output, cache }: JobPaths, resumeFrom): Promise<Plan> {
      const model = path.join(cache, 'random');
      const run = {
        accelerator,
        output,
        model,
        maxSteps: pretrainingSteps,
        ...(resumeFrom !== undefined && { resumeFrom }),
      };
      const configFile = path.join(folder, 'config.json');
      const make = ['--corpus', corpus, '--out', model, '--seed', String(job.seed)];
      return {
        commands: [
          { program: python, args: [MAKE_SCRIPT, ...make] },
          { program: python, args: trlArguments(configFile) },
        ],
        env: trainingEnvironment(cache, process.env.CUDA_VISIBLE_DEVICES),
        files: { 'config.json': `${JSON.stringify(pretrainingConfig({ ...job, corpus: given }, run), null, 2)}\n` },
      };
    },
  };
}

function digest(parts: string[]): string {
  return sha256Of(JSON.stringify(parts));
}
