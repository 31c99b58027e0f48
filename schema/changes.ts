import { z } from 'zod';
import { DataRefSchema } from './data.ts';

/** What the documents say otherwise than those that the version was trained on which serves. */

/**
 * One statement that is not as it was. `reworded`: the same numbers, names and negations in other small words. The texts stand on one line,
 * without markup; a table's row with its header.
 */
export const StatementChangeSchema = z.strictObject({
  kind: z.enum(['changed', 'added', 'removed', 'reworded']),
  before: z.strictObject({ documentId: z.string(), text: z.string() }).optional(),
  /** Offsets into the passage's text. */
  after: z
    .strictObject({
      documentId: z.string(),
      chunkId: z.string(),
      start: z.number().int().min(0),
      end: z.number().int().min(0),
      text: z.string(),
    })
    .optional(),
  /** Numbers and words that only the statement of before has, in its order, and those that only the new one has. */
  was: z.array(z.string()),
  is: z.array(z.string()),
  /** A document of now that still says what was said before, word by word. */
  stillIn: z.string().optional(),
});

const count = z.number().int().min(0);

/** What changed since a version, in counts; `unknown`: what it was made of can't be told, and why. */
export const DocumentChangesSchema = z.discriminatedUnion('status', [
  z.strictObject({
    status: z.literal('known'),
    /** The version that serves. */
    since: z.number().int(),
    /** A row for each statement that is not as it was. */
    statements: DataRefSchema,
    changed: count,
    added: count,
    removed: count,
    reworded: count,
    same: count,
  }),
  z.strictObject({ status: z.literal('unknown'), since: z.number().int(), why: z.string() }),
]);

/** What of the changes a question asks for: `added` has nothing of before. */
export const AskedChangeSchema = z.strictObject({
  kind: z.enum(['changed', 'added']),
  /** Which statements, by their places among the changes. */
  of: z.array(z.number().int()),
  /** What they said before, and what they say now. */
  before: z.string().optional(),
  after: z.string(),
  was: z.array(z.string()),
  is: z.array(z.string()),
});

export type StatementChange = z.infer<typeof StatementChangeSchema>;
export type DocumentChanges = z.infer<typeof DocumentChangesSchema>;
export type AskedChange = z.infer<typeof AskedChangeSchema>;
