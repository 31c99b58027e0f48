import { z } from 'zod';
import { ComparisonSchema } from './comparison.ts';

/** Who answers right what the documents say otherwise, and whether that cost anything else. */

const count = z.number().int().min(0);
/** Facts, by the arm that answered. */
const byArm = z.record(z.string(), count);

export const KnownCorrectionsSchema = z.strictObject({
  status: z.literal('known'),
  /** The version that serves, and whose documents are those of before. */
  since: z.number().int(),
  /** Statements of the documents. */
  changed: count,
  added: count,
  removed: count,
  /** Of those that changed or were added, such as nothing asks for. */
  unasked: count,
  suite: z.string(),
  metric: z.string(),
  /** Facts that ask for what changed or was added, and their questions, in wordings that nothing was trained on. */
  facts: count,
  questions: count,
  /** Facts of which every wording is answered right. */
  right: byArm,
  /** Facts of which some answer still says what was true before. */
  still: byArm,
  /** Of each candidate: facts that it answers right, and neither what serves nor an echo of the question does. */
  corrected: byArm,
  /** Facts that stand beside those and say something else, as before. */
  beside: z.strictObject({
    facts: count,
    right: byArm,
    /** Facts that are answered with what only a changed statement says. */
    spilled: byArm,
  }),
  /** Each candidate against what serves on all other questions of each suite. */
  rest: z.array(z.strictObject({ suite: z.string(), comparison: ComparisonSchema })),
  /** The first of people's questions that still expect what the documents said before. */
  stale: z
    .array(
      z.strictObject({ suite: z.string(), question: z.string(), was: z.array(z.string()), is: z.array(z.string()) }),
    )
    .optional(),
  /** The first of the facts, for people. */
  shown: z.array(
    z.strictObject({ question: z.string(), was: z.array(z.string()), is: z.array(z.string()), reference: z.string() }),
  ),
});

/** `unknown`: nothing can be said of it, and why. */
export const CorrectionsSchema = z.discriminatedUnion('status', [
  KnownCorrectionsSchema,
  z.strictObject({ status: z.literal('unknown'), since: z.number().int(), why: z.string() }),
]);

export type KnownCorrections = z.infer<typeof KnownCorrectionsSchema>;
export type Corrections = z.infer<typeof CorrectionsSchema>;
