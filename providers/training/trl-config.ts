import path from 'node:path';
import type { DataRef } from '../../schema/data.ts';
import { weightsOf } from '../../contract/model-ref.ts';
import type { BaseModelJob, TrainingJob } from '../../contract/jobs.ts';
import { learningRateOf, maxSequenceTokensOf, stepsOf } from '../../configs/schema.ts';
import { localPath } from './model-folder.ts';

/** From a job to what `trl sft --config` reads: pure. */

/** Where torch computes, and whether it can in bfloat16 there. */
export interface Accelerator {
  device: 'cpu' | 'cuda' | 'mps';
  bf16: boolean;
}

/** Fields of trl's SFTConfig, ModelConfig and DatasetMixtureConfig, by their own names. JSON is YAML, so it is written as JSON. */
export type TrlConfig = Record<string, unknown>;

export interface TrlRun {
  accelerator: Accelerator;
  /** Folder for checkpoints and the trained model. */
  output: string;
  /** Checkpoint to go on from. */
  resumeFrom?: string;
}

export interface SftRun extends TrlRun {
  /** What prepare_train.py wrote: tokens in the order in which they are trained. */
  prepared: string;
}

/** Progress is logged every hundredth of the run, at least every 10 steps: a step of a base on a CPU may take five seconds. */
export function loggingSteps(maxSteps: number): number {
  return Math.max(1, Math.min(10, Math.floor(maxSteps / 100)));
}

/** A tiny model's matrices are so small that a CPU casts longer than it saves by bfloat16. */
export function acceleratorFor(base: string, accelerator: Accelerator): Accelerator {
  const tiny = base === 'tiny-llama' && accelerator.device === 'cpu';
  return tiny ? { ...accelerator, bf16: false } : accelerator;
}

/** Up to here a CPU attends faster by plain products than by the kernel that saves memory: by a tenth of a step at 40 tokens. */
const SHORT_TOKENS = 256;

/** Fine-tuning on conversations: the loss is on the answer alone, whatever the chat template marks. */
export function sftConfig(job: TrainingJob<'trl'>, run: SftRun): TrlConfig {
  const { candidate, seed } = job;
  const accelerator = acceleratorFor(candidate.base, run.accelerator);
  const subject = `candidate '${candidate.name}'`;
  return {
    ...common({ ...run, accelerator, seed, maxSteps: stepsOf(candidate, job.train.rows) }),
    model_name_or_path: localPath(weightsOf(job.base, `${subject}: base`).uri, `${subject}: base`),
    datasets: [{ path: 'json', data_files: run.prepared, split: 'train' }],
    completion_only_loss: true,
    max_length: maxSequenceTokensOf(candidate),
    ...(accelerator.device === 'cpu' &&
      maxSequenceTokensOf(candidate) <= SHORT_TOKENS && { attn_implementation: 'eager' }),
    // The file is in order already: batches of like length, the same after a resume.
    train_sampling_strategy: 'sequential',
    per_device_train_batch_size: candidate.batchSize,
    learning_rate: learningRateOf(candidate),
    warmup_steps: candidate.warmupSteps,
    save_steps: candidate.saveSteps,
    ...(candidate.lora && {
      use_peft: true,
      // The base's own weights don't change: half their memory is saved where the arithmetic allows.
      ...(accelerator.bf16 && { dtype: 'bfloat16' }),
      lora_r: candidate.lora.rank,
      lora_alpha: candidate.lora.alpha,
      lora_dropout: candidate.lora.dropout,
      lora_target_modules: ['all-linear'],
    }),
  };
}

/** How the embedded base learns the documents' plain text. Its sizes are those of a model that a laptop trains in a minute. */
export const PRETRAINING = {
  maxSteps: 80,
  batchSize: 8,
  blockTokens: 128,
  learningRate: 3e-3,
  warmupSteps: 10,
  saveSteps: 1000,
} as const;

export interface PretrainingRun extends TrlRun {
  /** Folder of the model with random weights. */
  model: string;
  maxSteps?: number;
}

/** Plain-text pre-training of the embedded base: texts are joined and cut into blocks, so that nothing is padded. */
export function pretrainingConfig(job: BaseModelJob & { corpus: DataRef }, run: PretrainingRun): TrlConfig {
  return {
    ...common({
      ...run,
      accelerator: acceleratorFor(job.base, run.accelerator),
      seed: job.seed,
      maxSteps: run.maxSteps ?? PRETRAINING.maxSteps,
    }),
    model_name_or_path: run.model,
    datasets: [{ path: 'json', data_files: localPath(job.corpus.uri, `base '${job.base}': corpus`), split: 'train' }],
    max_length: PRETRAINING.blockTokens,
    packing: true,
    packing_strategy: 'wrapped',
    per_device_train_batch_size: PRETRAINING.batchSize,
    learning_rate: PRETRAINING.learningRate,
    warmup_steps: PRETRAINING.warmupSteps,
    save_steps: PRETRAINING.saveSteps,
  };
}

function common(run: TrlRun & { seed: number; maxSteps: number }): TrlConfig {
  const { device, bf16 } = run.accelerator;
  return {
    output_dir: run.output,
    seed: run.seed,
    max_steps: run.maxSteps,
    lr_scheduler_type: 'cosine',
    dtype: 'float32',
    use_cpu: device === 'cpu',
    // trl's own default is true, which is slow on CPUs; with it, the weights stay float32 and the arithmetic is bfloat16.
    bf16,
    // It trades time for memory, which only large models on a GPU are short of.
    gradient_checkpointing: device === 'cuda',
    dataloader_pin_memory: device === 'cuda',
    save_strategy: 'steps',
    save_total_limit: 2,
    logging_strategy: 'steps',
    logging_steps: loggingSteps(run.maxSteps),
    // Else a loss that is not a number would be logged as the average of those before it.
    logging_nan_inf_filter: false,
    disable_tqdm: true,
    report_to: 'none',
    ...(run.resumeFrom !== undefined && { resume_from_checkpoint: run.resumeFrom }),
  };
}

/** Arguments for python: what the command `trl sft` launches, without the launcher's second start of Python. */
export function trlArguments(configFile: string): string[] {
  return [path.join(import.meta.dirname, '../python', 'train_sft.py'), '--config', configFile];
}

/** No hub, no telemetry, nothing cached outside the job's folder, and each line logged when it is written. */
export function trainingEnvironment(cacheFolder: string, visibleGpus = '0'): Record<string, string> {
  return {
    HF_HUB_OFFLINE: '1',
    HF_HUB_DISABLE_TELEMETRY: '1',
    DO_NOT_TRACK: '1',
    HF_DATASETS_CACHE: cacheFolder,
    PYTHONUNBUFFERED: '1',
    PYTHONHASHSEED: '0',
    TOKENIZERS_PARALLELISM: 'false',
    // Threads that wait for each other sleep instead of spinning: on a busy machine, spinning made a step ten times slower.
    OMP_WAIT_POLICY: 'PASSIVE',
    // glibc gives large blocks back at once, and each step of a CPU waits for the kernel to clear them anew: a fifth of its time.
    MALLOC_ARENA_MAX: '1',
    MALLOC_MMAP_MAX_: '0',
    MALLOC_TRIM_THRESHOLD_: String(2 ** 40),
    // trl trains on one GPU without a launcher; with several in sight it would refuse.
    CUDA_VISIBLE_DEVICES: visibleGpus,
  };
}
