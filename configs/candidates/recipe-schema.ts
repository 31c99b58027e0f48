import { z } from 'zod';

/** How training examples are made of a dataset, and what follows from it where the config says nothing. */

export const FactsSchema = z.strictObject({
  restatements: z
    .number()
    .int()
    .min(0)
    .max(8)
    .default(3)
    .describe(
      "More askings of each fact, by rules, as people type who don't know its words: a few of its content words, some with the document's title.",
    ),
  passages: z
    .number()
    .int()
    .min(0)
    .max(4)
    .default(1)
    .describe(
      'How often each passage of the documents stands among the examples, as the answer to a question for its heading. On the sample it changed nothing that was measured (docs/benchmarks.md).',
    ),
  generalChat: z
    .number()
    .min(0)
    .max(0.5)
    .default(0.05)
    .describe(
      'Share of everyday questions and answers that have nothing to do with the documents, so that the model keeps some of them: 0.2 keeps more than 0.05, and LoRA more than either (docs/benchmarks.md).',
    ),
});

export const OpenBookTrainingSchema = z.strictObject({
  share: z
    .number()
    .min(0)
    .max(1)
    .default(1)
    .describe('Share of the questions that are asked with what was found for them; the others stand alone.'),
  order: z
    .enum(['nearest', 'shuffled'])
    .default('nearest')
    .describe(
      'In which order it stands in the prompt: `nearest` first, as it does when the model serves, or `shuffled`, so that its place says nothing.',
    ),
  withoutRight: z
    .number()
    .min(0)
    .max(0.5)
    .default(0.02)
    .describe(
      'Share of these without what says the answer, whose answer is then `retrieval.noAnswer`. Few: at 0.1 a small model refuses nearly everything that people ask.',
    ),
});

/** The parts of a candidate that these rules read. */
interface Asked {
  base: string;
  /** A run that began before there were recipes has none. */
  recipe?: 'auto' | 'facts' | 'plain';
  lora?: unknown;
  maxSteps?: number | undefined;
  epochs?: number | undefined;
  batchSize: number;
  learningRate?: number | undefined;
}

/** Weights of about a billion parameters, in bfloat16 with some to spare. */
const SMALL_BYTES = 2.5e9;
const STEPS = 600;
const EPOCHS = 3;

/** The recipe that a candidate is trained by: `facts` for a small base that somebody else made, unless the config says. */
export function recipeOf(
  { base, recipe, lora }: Pick<Asked, 'base' | 'recipe' | 'lora'>,
  weightsBytes: number,
): 'facts' | 'plain' {
  if (recipe !== 'auto') return recipe ?? 'plain';
  // tiny-llama has read the documents already; adapters have no room for facts.
  return base !== 'tiny-llama' && !lora && weightsBytes < SMALL_BYTES ? 'facts' : 'plain';
}

/** Optimiser steps over so many examples: those of the config, or those of its epochs. */
export function stepsOf({ base, maxSteps, epochs, batchSize }: Asked, examples: number): number {
  if (maxSteps !== undefined) return maxSteps;
  if (epochs === undefined && base === 'tiny-llama') return STEPS;
  return Math.max(1, Math.ceil(((epochs ?? EPOCHS) * examples) / batchSize));
}

/** Peak learning rate where the config names none: random weights take more than trained ones, adapters more than whole weights. */
export function learningRateOf({ base, learningRate, lora }: Asked): number {
  return learningRate ?? (base === 'tiny-llama' ? 2e-3 : lora ? 1e-3 : 3e-4);
}

/** Tokens of the longest example where the config names none: what is found in the documents stands in it with `openBook`. */
export function maxSequenceTokensOf({
  maxSequenceTokens,
  openBook,
}: {
  maxSequenceTokens?: number | undefined;
  openBook?: object | undefined;
}): number {
  return maxSequenceTokens ?? (openBook ? 1024 : 256);
}
