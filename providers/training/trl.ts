import path from 'node:path';
import { learningRateOf, maxSequenceTokensOf, stepsOf } from '../../configs/schema.ts';
import { detectAccelerator } from './accelerator.ts';
import { bringCheckpoint, createCheckpointSender, type TrainedFolder } from './checkpoints.ts';
import { runningJobs, type JobFolder } from './job-folders.ts';
import { localPath } from './model-folder.ts';
import { cancelTrlJob, EXAMPLES_FILE, launchTrlJob, pathsOf, pollTrlJob, runsOrIsDone } from './trl-job.ts';
import type { Plan, TrlJob } from './trl-job.ts';
import { loggingSteps, sftConfig, trainingEnvironment, trlArguments, type Accelerator } from './trl-config.ts';
import { weightsOf } from '../../contract/model-ref.ts';
import type { CheckpointStore, Trainer, TrainingJob } from '../../contract/jobs.ts';
import type { Machine } from './machine.ts';

export interface TrlTrainerOptions {
  /** Python of an environment with torch, transformers, trl, peft and datasets. */
  python: string;
  /** Each job gets a folder below it, named by its key. */
  workDir: string;
  /** Where to compute; asked of torch when left out. */
  accelerator?: Accelerator;
  /** What jobs take in turn; without one, they run beside each other. */
  machine?: Machine;
  /** How long a cancelled process may take to end by itself, in milliseconds. */
  graceMs?: number;
  /** Where a job goes on whose machine was lost; without it, checkpoints stay on this machine. */
  checkpoints?: CheckpointStore;
  /** Told what nobody has to wait for. */
  say?: (message: string) => void;
}

const SCRIPTS = path.join(import.meta.dirname, '../python');
const PREPARE_SCRIPT = path.join(SCRIPTS, 'prepare_train.py');
const MERGE_SCRIPT = path.join(SCRIPTS, 'merge_adapter.py');

/** Fine-tunes with `trl sft` on this machine, in a process that outlives its parent and is adopted by the next launch. */
export function createTrlTrainer(options: TrlTrainerOptions): Trainer<'trl'> {
  const { python, workDir, accelerator, machine, graceMs = 10_000, checkpoints, say = () => {} } = options;
  const sender = checkpoints && createCheckpointSender({ store: checkpoints, say });
  let detected: Promise<Accelerator> | undefined;
  const where = () => (detected ??= accelerator ? Promise.resolve(accelerator) : detectAccelerator(python));

  /** Nothing goes on from them. */
  const drop = ({ key }: JobFolder) =>
    checkpoints
      ?.drop(key)
      .catch((error: unknown) => say(`checkpoints of job ${key} can't be deleted: ${String(error)}`));

  return {
    async launch(job) {
      const trlJob = toTrlJob({ job, python, workDir, accelerator: await where() });
      if (checkpoints && !(await runsOrIsDone(trlJob.folder))) {
        // Before anybody waits for a lock: it may take minutes.
        const step = await bringCheckpoint(checkpoints, trainedFolder({ key: job.key, location: trlJob.folder }));
        if (step !== undefined) say(`training job ${job.key} goes on from step ${step}, which another machine kept`);
      }
      return { provider: 'trl', ...(await launchTrlJob(trlJob, machine)) };
    },
    async poll(handle) {
      const status = await pollTrlJob(handle, graceMs);
      if (status.status === 'running') sender?.look(trainedFolder(handle));
      if (status.status === 'failed') await (status.retryable ? sender?.finish(trainedFolder(handle)) : drop(handle));
      return status;
    },
    cancel: (handle) => cancelTrlJob(handle, graceMs),
    running: async () => (await runningJobs(workDir)).map((job) => ({ provider: 'trl', ...job })),
  };
}

const trainedFolder = ({ key, location }: JobFolder): TrainedFolder => ({
  key,
  output: pathsOf(location).output,
  side: path.join(location, 'moving'),
});

function toTrlJob(of: { job: TrainingJob<'trl'>; python: string; workDir: string; accelerator: Accelerator }): TrlJob {
  const { job, python, workDir, accelerator } = of;
  if (!/^[\w.-]+$/.test(job.key)) {
    throw new Error(
      `training job key '${job.key}': expected letters, digits, '.', '_' and '-' only: it names a folder`,
    );
  }
  const { name, lora, batchSize } = job.candidate;
  const totalSteps = stepsOf(job.candidate, job.train.rows);
  const identity = {
    key: job.key,
    subject: `candidate '${name}'`,
    totalSteps,
    learningRate: learningRateOf(job.candidate),
    job,
  };
  return {
    folder: path.join(workDir, job.key),
    identity,
    loggingSteps: loggingSteps(totalSteps),
    async plan({ folder, output, cache }, resumeFrom): Promise<Plan> {
      const prepared = path.join(cache, 'train.jsonl');
      const config = sftConfig(job, { accelerator, output, prepared, ...(resumeFrom !== undefined && { resumeFrom }) });
      const configFile = path.join(folder, 'config.json');
      const base = localPath(weightsOf(job.base, `candidate '${name}': base`).uri, `candidate '${name}': base`);
      const prepare = [PREPARE_SCRIPT, '--base', base]
        .concat(['--train', localPath(job.train.uri, `candidate '${name}': train`), '--out', prepared])
        .concat([
          '--report',
          path.join(folder, EXAMPLES_FILE),
          '--max-tokens',
          String(maxSequenceTokensOf(job.candidate)),
        ])
        .concat(['--batch-size', String(batchSize), '--steps', String(totalSteps), '--seed', String(job.seed)]);
      return {
        commands: [
          // Again at each start: it takes seconds, and writes the same file.
          { program: python, args: prepare },
          { program: python, args: trlArguments(configFile) },
          ...(lora ? [{ program: python, args: [MERGE_SCRIPT, '--base', base, '--adapter', output] }] : []),
        ],
        env: trainingEnvironment(cache, process.env.CUDA_VISIBLE_DEVICES),
        files: { 'config.json': `${JSON.stringify(config, null, 2)}\n` },
      };
    },
  };
}
