import { z } from 'zod';
import { KindSchema } from '../schema/data.ts';
import { positiveInteger, text } from './model-schema.ts';
import { PreferencesSchema } from './preference-schema.ts';

/** How documents become questions and answers, and these a dataset. */

export const ChunkingSchema = z.strictObject({
  maxTokens: z
    .number()
    .int()
    .min(16)
    .max(8192)
    .default(160)
    .describe(
      'Budget of one chunk, in words and punctuation marks; scripts without spaces count by the character, runs of letters longer than any word by their length.',
    ),
});

/** The kinds of questions. */
export const KINDS = KindSchema.options;

export const GenerationSchema = z.strictObject({
  target: positiveInteger
    .default(1200)
    .describe(
      'Accepted examples wanted over all splits. Only as many chunks are asked as that needs, spread over the documents.',
    ),
  synthetic: z
    .boolean()
    .default(true)
    .describe('Whether a teacher writes pairs at all; `false` makes the dataset of `imports` alone.'),
  phrasings: z
    .number()
    .int()
    .min(1)
    .max(8)
    .default(4)
    .describe('Phrasings of the question for each fact: all but the held-out ones are trained on.'),
  shardChunks: positiveInteger
    .default(24)
    .describe('Chunks handled by one activity; more where there would be over 200 activities.'),
  surplus: z
    .number()
    .min(0)
    .max(4)
    .default(0.3)
    .describe('Asked beyond the target, because judges will reject some: 0.3 asks for 30% more.'),
  maxRounds: z
    .number()
    .int()
    .min(1)
    .max(10)
    .default(4)
    .describe(
      'Rounds in which further chunks, or the same again, are asked for more facts while the target is not met.',
    ),
  kinds: z
    .partialRecord(KindSchema, z.number().positive())
    .refine((kinds) => Object.keys(kinds).length > 0, {
      error: 'expected at least one kind',
      // A mistyped kind is one fault, not two.
      when: ({ issues }) => issues.length === 0,
    })
    .optional()
    .describe(
      'Kinds of questions by their shares of the target (weights: `{ factual: 3, multi-hop: 1 }`). Without it the teacher chooses between `factual` and `safety`. Needs a model as teacher.',
    ),
  personas: z.array(text).default([]).describe('Who asks, in words; questions come from each in turn.'),
  languages: z
    .array(text)
    .default([])
    .describe("Languages of questions and answers, in turn; without any, the documents' own."),
  tone: text.optional().describe('How answers are to sound, in words.'),
  guidelines: z.array(text).default([]).describe('What the teacher is to heed, one instruction each.'),
  preferences: PreferencesSchema.optional().describe(
    'Preference pairs for DPO, beside the examples; `{}` takes their defaults. Needs a model that answers.',
  ),
  corrections: z
    .number()
    .int()
    .min(0)
    .max(2)
    .default(2)
    .describe(
      "Times that a pair which the judges rejected goes back to the teacher with their reasons. The built-in teacher can't correct.",
    ),
});

export const SplitSchema = z.strictObject({
  validationShare: z
    .number()
    .min(0)
    .max(0.5)
    .default(0.05)
    .describe('Share of facts whose extra phrasing goes to validation instead of train.'),
  heldOutPhrasings: z
    .number()
    .int()
    .min(0)
    .default(1)
    .describe('Phrasings of each fact that training never sees; fewer than `generation.phrasings`.'),
  nearDuplicate: z
    .number()
    .min(0.5)
    .max(1)
    .default(0.9)
    .describe('Jaccard similarity of word shingles above which two wordings are near duplicates.'),
});

export type GenerationConfig = z.output<typeof GenerationSchema>;
export type SplitConfig = z.output<typeof SplitSchema>;
