import { z } from 'zod';
import { recipeFields, startFields } from './candidate-fields.ts';
import { positiveInteger } from '../model-schema.ts';

/** What is trained, by who trains it: each provider has its own knobs. A new one is its schema and its place in `CandidateSchema`. */

export const LoraSchema = z.strictObject({
  rank: positiveInteger.default(16).describe('Rank of the adapters.'),
  alpha: z
    .number()
    .positive()
    .default(32)
    .describe('Scale of the adapters: their output is multiplied by alpha / rank.'),
  dropout: z.number().min(0).max(1).default(0.05).describe("Dropout on the adapters' input."),
});

export const TrlCandidateSchema = z.strictObject({
  ...startFields,
  provider: z.literal('trl').default('trl').describe('Who trains. `trl` trains on this machine.'),
  method: z.enum(['sft']).default('sft').describe('`sft`: supervised fine-tuning on questions and answers.'),
  ...recipeFields,
  maxSteps: positiveInteger
    .optional()
    .describe('Optimiser steps. Without it: those of `epochs`; for `tiny-llama` without either, 600.'),
  epochs: z
    .number()
    .positive()
    .max(1000)
    .optional()
    .describe('How often training goes over its examples, in place of `maxSteps`; 3 without either.'),
  batchSize: positiveInteger.default(16).describe('Examples a step.'),
  learningRate: z
    .number()
    .positive()
    .optional()
    .describe('Peak learning rate. Without it: 0.002 for `tiny-llama`, 0.0003 for other bases, 0.001 with `lora`.'),
  warmupSteps: z.number().int().min(0).default(20).describe('Steps over which the learning rate rises to its peak.'),
  saveSteps: positiveInteger.default(100).describe('Steps between checkpoints: what a crash can cost.'),
  maxSequenceTokens: positiveInteger
    .default(256)
    .describe(
      "Tokens of the longest example, by the base's own tokenizer. Longer ones are left out and listed; above 5% of them the run stops before it trains.",
    ),
  lora: LoraSchema.optional().describe('LoRA adapters instead of full weights; `{}` takes their defaults.'),
});

export const CandidateSchema = z.discriminatedUnion('provider', [TrlCandidateSchema]);

export type CandidateConfig = z.output<typeof CandidateSchema>;
/** Who trains. */
export type TrainerName = CandidateConfig['provider'];
/** A candidate of one provider. */
export type CandidateOf<Name extends TrainerName> = Extract<CandidateConfig, { provider: Name }>;

/** Whether TRL trains it: on a machine of ours, by knobs that others have not. */
export const isTrl = (candidate: CandidateConfig): candidate is CandidateOf<'trl'> => candidate.provider === 'trl';
