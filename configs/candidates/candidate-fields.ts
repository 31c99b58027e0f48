import { text } from '../model-schema.ts';
import { z } from 'zod';
import { NameSchema } from '../name-schema.ts';
import { FactsSchema, OpenBookTrainingSchema } from './recipe-schema.ts';

export const DEFAULT_BASE = 'tiny-llama';

/** What every candidate says, whoever trains it. */

export const startFields = {
  name: NameSchema.describe('Names the candidate in the evaluation; unique in a config.'),
  base: text
    .default(DEFAULT_BASE)
    .describe(
      'Any causal language model: `smollm2-135m` (out of a Python package), `tiny-llama` (made from the documents), the id of a model of the hub, a folder (`./models/mine`) or a `.gguf` file.',
    ),
  licence: text.optional().describe("The base's licence, as its publisher states it; on the model's card."),
};

export const recipeFields = {
  recipe: z
    .enum(['auto', 'facts', 'plain'])
    .default('auto')
    .describe(
      "What is trained on. `plain`: the dataset's questions. `facts`: those, other wordings of them, the documents' passages and some everyday chat, mixed from the first step. `auto`: `facts` for whole weights of a base below about a billion parameters, except tiny-llama, which has read the documents.",
    ),
  facts: FactsSchema.prefault({}).describe('The parts of the recipe `facts`; without effect for `plain`.'),
  openBook: OpenBookTrainingSchema.optional().describe(
    'Trains for the open book: each question, and each restatement of it, below what `retrieval:` finds for it, in the prompt that serves; `{}` takes the defaults. Without it, the model learns from the questions alone, whatever it serves with.',
  ),
};
