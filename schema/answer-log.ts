import { z } from 'zod';

/** What a gateway writes down of an answer: who gave it, out of what, and how long that took. No word of questions, answers or documents. */

export const AnswerStepSchema = z.strictObject({
  name: z.enum(['rewrite', 'retrieve', 'select', 'answer']),
  ms: z.number(),
  /** Of what came out of it. */
  tokens: z.number().optional(),
  /** What was left out, withheld, or done otherwise, in words. */
  said: z.array(z.string()).optional(),
});

export const LoggedAnswerSchema = z.looseObject({
  /** The answer's. */
  id: z.string(),
  /** When it was asked for, ISO 8601. */
  at: z.string(),
  model: z.string(),
  version: z.number().int(),
  outcome: z.enum(['answered', 'quoted', 'not said', 'failed']),
  /** The code of what went wrong. */
  code: z.string().optional(),
  ms: z.number(),
  steps: z.array(AnswerStepSchema),
  /** The snapshot that was searched. */
  index: z.strictObject({ name: z.string(), sha256: z.string() }).optional(),
  citations: z
    .array(
      z.strictObject({
        passageId: z.string(),
        start: z.number().int(),
        end: z.number().int(),
        score: z.number(),
        place: z.string().optional(),
      }),
    )
    .optional(),
  /** The id of the key that asked. */
  key: z.string().optional(),
  /** Only where the gateway was told to keep them. */
  question: z.string().optional(),
  answer: z.string().optional(),
});

export type AnswerStep = z.infer<typeof AnswerStepSchema>;
export type LoggedAnswer = z.infer<typeof LoggedAnswerSchema>;
