import { z } from 'zod';
import { OpenBookSchema } from './retrieval.ts';

/** How a model answers: a version is what answers, its system prompt, its sampling and what it retrieves together. */
export const ServedAsSchema = z.strictObject({
  systemPrompt: z.string(),
  temperature: z.number(),
  maxTokens: z.number().int().positive(),
  /** Out of which documents, and how; without, it answers by itself. */
  openBook: OpenBookSchema.optional(),
});
export type ServedAs = z.infer<typeof ServedAsSchema>;

/** One text for each way to serve, whatever the order in which it was written down. */
export const servedKey = ({ systemPrompt, temperature, maxTokens, openBook }: ServedAs): string =>
  JSON.stringify([systemPrompt, temperature, maxTokens, ...(openBook ? [OpenBookSchema.parse(openBook)] : [])]);
