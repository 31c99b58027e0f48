import { z } from 'zod';
import { DecisionProofSchema } from '../../schema/identity.ts';

/** What closes the review that a move past the rules owes: its promotion's workflow is over by then, or there never was one. */

export const ReviewInputSchema = z.strictObject({
  promotion: z.string().trim().min(1),
  by: z.string().trim().min(1),
  why: z.string().trim().min(1),
  /** What proves it, as `npx whetstone review --sign --print` prints it. */
  signed: DecisionProofSchema.optional(),
});
export type ReviewInput = z.input<typeof ReviewInputSchema>;

/** An input that works, of one promotion or of any. */
export const reviewExample = (promotion = 'promote/womens-health/production/v3-1a2b3c4d'): string =>
  `{"promotion": "${promotion}", "by": "your name", "why": "the reason"}`;
