import { describe, expect, it } from 'vitest';
import { TrlCandidateSchema } from '../../configs/schema.ts';
import { loggingSteps, pretrainingConfig, sftConfig, trainingEnvironment, trlArguments } from './trl-config.ts';
import type { TrainingJob } from '../../contract/jobs.ts';

const CPU = { device: 'cpu', bf16: false } as const;

function job(candidate: Record<string, unknown> = {}): TrainingJob<'trl'> {
  return {
    key: 'k',
    candidate: TrlCandidateSchema.parse({ name: 'tiny', maxSteps: 600, ...candidate }),
    base: { uri: 'file:///models/base', sha256: 'b' },
    train: { uri: 'file:///data/train%20set.jsonl', sha256: 't', rows: 3 },
    seed: 17,
  };
}

describe('the configuration of fine-tuning', () => {
  it('takes the loss on the answer alone, whatever the chat template marks, and every knob from the candidate (F33)', () => {
    const knobs = {
      maxSteps: 50,
      batchSize: 4,
      learningRate: 1e-7,
      warmupSteps: 5,
      saveSteps: 25,
      maxSequenceTokens: 64,
    };
    expect(sftConfig(job(knobs), { accelerator: CPU, output: '/out', prepared: '/cache/train.jsonl' })).toMatchObject({
      model_name_or_path: '/models/base',
      datasets: [{ path: 'json', data_files: '/cache/train.jsonl', split: 'train' }],
      output_dir: '/out',
      completion_only_loss: true,
      train_sampling_strategy: 'sequential',
      max_steps: 50,
      per_device_train_batch_size: 4,
      learning_rate: 1e-7,
      warmup_steps: 5,
      save_steps: 25,
      max_length: 64,
      seed: 17,
    });
  });

  it('says so when a loss is not a number, instead of hiding it in an average', () => {
    expect(sftConfig(job(), { accelerator: CPU, output: '/out', prepared: '/cache/train.jsonl' })).toMatchObject({
      logging_nan_inf_filter: false,
    });
  });

  it.each([
    [CPU, { use_cpu: true, bf16: false, gradient_checkpointing: false }],
    [{ device: 'mps', bf16: false } as const, { use_cpu: false, bf16: false, gradient_checkpointing: false }],
    [{ device: 'cuda', bf16: true } as const, { use_cpu: false, bf16: true, gradient_checkpointing: true }],
    [{ device: 'cuda', bf16: false } as const, { use_cpu: false, bf16: false }],
  ])('computes where it can: %o', (accelerator, expected) => {
    expect(sftConfig(job(), { accelerator, output: '/out', prepared: '/cache/train.jsonl' })).toMatchObject({
      dtype: 'float32',
      ...expected,
    });
  });

  it('trains adapters only when asked', () => {
    expect(sftConfig(job(), { accelerator: CPU, output: '/out', prepared: '/cache/train.jsonl' })).not.toHaveProperty(
      'use_peft',
    );
    const lora = sftConfig(job({ lora: { rank: 8, alpha: 16, dropout: 0 } }), {
      accelerator: CPU,
      output: '/out',
      prepared: '/cache/train.jsonl',
    });
    expect(lora).toMatchObject({ use_peft: true, lora_r: 8, lora_alpha: 16, lora_dropout: 0 });
  });

  it('names the checkpoint to go on from only when there is one', () => {
    expect(sftConfig(job(), { accelerator: CPU, output: '/out', prepared: '/cache/train.jsonl' })).not.toHaveProperty(
      'resume_from_checkpoint',
    );
    const resumed = sftConfig(job(), {
      accelerator: CPU,
      output: '/out',
      prepared: '/cache/train.jsonl',
      resumeFrom: '/out/checkpoint-20',
    });
    expect(resumed).toMatchObject({ resume_from_checkpoint: '/out/checkpoint-20' });
  });

  it('computes in bfloat16 on a CPU that can, but not for a model as small as tiny-llama', () => {
    const accelerator = { device: 'cpu', bf16: true } as const;
    const run = { accelerator, output: '/out', prepared: '/cache/train.jsonl' };
    expect(sftConfig(job(), run)).toMatchObject({ bf16: false });
    expect(sftConfig(job({ base: 'smollm2-135m' }), run)).toMatchObject({ bf16: true, dtype: 'float32' });
  });
});

it('pre-trains on plain text in blocks, from the model with random weights', () => {
  const corpus = { uri: 'file:///data/corpus.jsonl', sha256: 'c', rows: 9 };
  const run = { accelerator: CPU, output: '/out', model: '/random', maxSteps: 7 };
  const config = pretrainingConfig({ base: 'tiny-llama', corpus, seed: 3 }, run);
  expect(config).toMatchObject({ model_name_or_path: '/random', packing: true, max_steps: 7, seed: 3 });
  expect(config).not.toHaveProperty('assistant_only_loss');
});

it.each([
  [3, 1],
  [150, 1],
  [800, 8],
  [5000, 10],
])('of %i steps, logs every %i', (maxSteps, expected) => {
  expect(loggingSteps(maxSteps)).toBe(expected);
});

it.each([
  [CPU, 256, 'eager'],
  [CPU, 257, undefined],
  [{ device: 'cuda', bf16: true } as const, 256, undefined],
])('on %o attends over %i tokens by %s', (accelerator, maxSequenceTokens, expected) => {
  const config = sftConfig(job({ maxSequenceTokens }), { accelerator, output: '/out', prepared: '/cache/train.jsonl' });
  expect(config.attn_implementation).toBe(expected);
});

it('runs `trl sft`, away from the hub and on one GPU unless told otherwise', () => {
  expect(trlArguments('/job/config.json')).toEqual([
    expect.stringMatching(/python\/train_sft\.py$/),
    '--config',
    '/job/config.json',
  ]);
  expect(trainingEnvironment('/cache')).toMatchObject({ HF_HUB_OFFLINE: '1', CUDA_VISIBLE_DEVICES: '0' });
  expect(trainingEnvironment('/cache', '1')).toMatchObject({ CUDA_VISIBLE_DEVICES: '1' });
});
