import { z } from 'zod';
import { text } from './model-schema.ts';

/** Pairs of one's own, beside those that a teacher writes, or instead of them. */
export const ImportSchema = z.strictObject({
  path: text.describe(
    "A .jsonl, .csv or .parquet file, relative to the project's root, with columns `question` and `answer`; also `fact` (what several rows are about), `kind`, `language`, `context` (the passage that the answer rests on) and, but in .csv, `history`. docs/how-to/shape-the-questions.md says how such files may be written.",
  ),
  share: z
    .number()
    .gt(0)
    .max(1)
    .optional()
    .describe(
      'Share of the target that these pairs may make up at most; without it all of them are kept, up to the target.',
    ),
  judge: z
    .boolean()
    .default(true)
    .describe('Whether the judges may reject them; judges of a passage judge only rows with a `context`.'),
});
export type ImportConfig = z.output<typeof ImportSchema>;
