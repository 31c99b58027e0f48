import { z } from 'zod';

/** One metric of one suite: candidate against what it is compared with, paired by question, resampled by cluster. */
export const ComparisonSchema = z.strictObject({
  metric: z.string(),
  /** Mean score of each arm, 0 to 1. */
  means: z.record(z.string(), z.number()),
  candidate: z.string(),
  against: z.string(),
  difference: z.number(),
  /** The difference's interval. */
  low: z.number(),
  high: z.number(),
  confidence: z.number(),
  /** Questions that the metric says something of. */
  questions: z.number().int(),
  clusters: z.number().int(),
  /** Clusters in which the candidate scored more, and less. */
  better: z.number().int().optional(),
  worse: z.number().int().optional(),
});

export type Comparison = z.infer<typeof ComparisonSchema>;
