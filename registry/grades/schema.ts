import { z } from 'zod';

/** What people said of a blind sample. Kept as JSON, and so checked when it is read. */

/** Whose answer is better: the candidate's, or that of what it is compared with; or both are good, or neither is. */
export const PREFERENCES = ['candidate', 'other', 'both', 'neither'] as const;
export type Preference = (typeof PREFERENCES)[number];

export const GradeSchema = z.strictObject({
  /** Its place in the sample, from 1. */
  question: z.number().int().positive(),
  suite: z.string(),
  questionId: z.string(),
  prefers: z.enum(PREFERENCES),
  comment: z.string().optional(),
  /** What judges had said of both answers, by metric. */
  verdicts: z.record(
    z.string(),
    z.strictObject({ judge: z.string(), version: z.string(), candidate: z.number(), other: z.number() }),
  ),
});
export type Grade = z.infer<typeof GradeSchema>;

/** What one person sent at once. */
export interface Grading {
  promotionId: string;
  seq: number;
  /** As claimed. */
  by: string;
  /** Hash of the sample: its first digits. */
  sample: string;
  grades: Grade[];
  /** Id of the Update that carried it: sending one again grades nothing twice. */
  updateId: string;
  at: string;
}

/** A grading as SQL holds it; `grades` is JSON. */
export type GradingRow = Omit<Grading, 'grades'> & { grades: string };
