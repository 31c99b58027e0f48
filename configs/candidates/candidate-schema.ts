import { z } from 'zod';
import { DEFAULT_BASE, recipeFields, startFields } from './candidate-fields.ts';
import { positiveInteger, text } from '../model-schema.ts';
import { PromptSchema } from '../prompts/prompt-schema.ts';

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
    .optional()
    .describe(
      "Tokens of the longest example, by the base's own tokenizer; without it 256, with `openBook` 1,024. Longer ones are left out and listed; above 5% of them the run stops before it trains.",
    ),
  lora: LoraSchema.optional().describe('LoRA adapters instead of full weights; `{}` takes their defaults.'),
});

export const QuoteCandidateSchema = z.strictObject({
  name: startFields.name,
  provider: z.literal('quote').describe('No model: answers are sentences of the documents. Asks for `retrieval:`.'),
  base: text
    .default('')
    .describe(
      'What it is compared with where nothing serves; by default the base of the first candidate that is trained.',
    ),
  sentences: positiveInteger
    .max(10)
    .default(3)
    .describe('Most sentences in an answer: those that are nearest to the question.'),
});

export const PromptCandidateSchema = z.strictObject({
  ...startFields,
  provider: z
    .literal('prompt')
    .describe('The base as it is, under a prompt that was written or optimised elsewhere. Asks for `retrieval:`.'),
  prompt: z
    .union([text, PromptSchema])
    .describe(
      "A program of one predictor that dspy saved as JSON: its instructions stand in place of `serving.systemPrompt`, its demos before every conversation; or a .md or .txt file of instructions. Below the project's root.",
    ),
});

export const CandidateSchema = z.discriminatedUnion('provider', [
  TrlCandidateSchema,
  QuoteCandidateSchema,
  PromptCandidateSchema,
]);

export type CandidateConfig = z.output<typeof CandidateSchema>;
export type QuoteCandidate = z.output<typeof QuoteCandidateSchema>;
export type PromptCandidate = z.output<typeof PromptCandidateSchema>;
/** A candidate that somebody trains. */
export type TrainedCandidate = Exclude<CandidateConfig, QuoteCandidate | PromptCandidate>;
/** Who trains. */
export type TrainerName = TrainedCandidate['provider'];
/** A candidate of one provider. */
export type CandidateOf<Name extends CandidateConfig['provider']> = Extract<CandidateConfig, { provider: Name }>;

/** Whether TRL trains it: on a machine of ours, by knobs that others have not. */
export const isTrl = (candidate: CandidateConfig): candidate is CandidateOf<'trl'> => candidate.provider === 'trl';

/** Whether nobody trains it: there is no model. */
export const isQuote = (candidate: CandidateConfig): candidate is QuoteCandidate => candidate.provider === 'quote';

/** Whether it is a base under a prompt of its own. */
export const isPrompt = (candidate: CandidateConfig): candidate is PromptCandidate => candidate.provider === 'prompt';

/** Whether somebody trains it. */
export const isTrained = (candidate: CandidateConfig): candidate is TrainedCandidate =>
  !isQuote(candidate) && !isPrompt(candidate);

/** What quotes is compared with the base of the first that is trained, where it names none. */
export function withBases(candidates: CandidateConfig[]): CandidateConfig[] {
  const first = candidates.find((one) => !isQuote(one))?.base ?? DEFAULT_BASE;
  return candidates.map((one) => (one.base === '' ? { ...one, base: first } : one));
}
