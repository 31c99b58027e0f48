import { z } from 'zod';
import { RemoteModelSchema } from './model-schema.ts';

/** Preference pairs, for trainers that learn from a better and a worse answer (DPO). */
export const PreferencesSchema = z.strictObject({
  answers: z
    .number()
    .int()
    .min(1)
    .max(8)
    .default(3)
    .describe("Answers that are asked for to one question of each fact, beside the pair's own."),
  minMargin: z
    .number()
    .gt(0)
    .max(1)
    .default(0.2)
    .describe("Least difference between the best and the worst answer's score, the mean over the judges."),
  model: RemoteModelSchema.optional().describe('Who answers; without it, the teacher.'),
  confirmedBy: RemoteModelSchema.optional().describe(
    'A judge model that compares the two in both orders: where it prefers the other, or its orders disagree, there is no pair.',
  ),
  seesPassage: z
    .boolean()
    .default(false)
    .describe('Whether the answering model sees the passage. Without it, answers go wrong where a model would guess.'),
});
