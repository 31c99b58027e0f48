import { z } from 'zod';
import { text } from '../model-schema.ts';

/** A prompt as it was read from its file: part of the config, so that its hash covers it and every worker has it. */
export const PromptSchema = z.strictObject({
  file: text.describe('As the config named it.'),
  sha256: text.describe('Of its bytes, in hex.'),
  madeBy: text.describe('`dspy 3.4.1`, or `hand` for text.'),
  systemPrompt: z.string().describe('Goes before every conversation that has no system message.'),
  examples: z
    .array(
      z.strictObject({
        question: text.describe('The question alone; one of a suite of the run is refused.'),
        asked: text.describe('As the model is shown it, passages included.'),
        answered: text.describe('What is to be answered, thoughts included.'),
      }),
    )
    .default([])
    .describe('Turns that stand before every conversation.'),
  notes: z.array(text).default([]).describe('What of the file is done otherwise here.'),
});
export type Prompt = z.output<typeof PromptSchema>;

export const PROMPT_RULE =
  'a program that dspy saved as JSON (`program.save("NAME.json")`), or a .md or .txt file of instructions';
