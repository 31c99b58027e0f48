import type { UpdateDefinition } from '@temporalio/common';
import { z } from 'zod';

/** Grades of a blind sample, as they cross the wire to `promoteModel`. */

/** What a person says of two answers of which nobody says whose they are. */
export const PREFERS = ['a', 'b', 'both', 'neither'] as const;
export type Prefers = (typeof PREFERS)[number];

const found = (input: unknown) =>
  input === undefined ? 'found nothing' : `found ${JSON.stringify(input)?.slice(0, 60)}`;

export const GradedSchema = z.strictObject({
  /** Its number in the sample. */
  question: z
    .number({ error: ({ input }) => `${found(input)}, expected the question's number, such as 1` })
    .int()
    .positive(),
  prefers: z.enum(PREFERS, {
    error: ({ input }) => `${found(input)}, expected a, b, both or neither; leave out a question that you don't grade`,
  }),
  comment: z.string().trim().max(2_000).optional(),
});

export const GradeInputSchema = z
  .strictObject({
    by: z.string().trim().min(1),
    /** The sample that was graded, as it stands beside it: grades of another are refused. */
    sample: z
      .string()
      .regex(/^[0-9a-f]{12}$/, "expected the sample's name, 12 digits, as it stands beside the sample")
      .optional(),
    grades: z.array(GradedSchema).min(1, 'found no grade, expected one at least').max(100),
  })
  .superRefine(({ grades }, context) => {
    for (const [i, { question }] of grades.entries())
      if (grades.findIndex((one) => one.question === question) < i)
        context.addIssue({
          code: 'custom',
          path: ['grades', i, 'question'],
          message: `found ${question} twice, expected each question once`,
        });
  });
export const GRADE_EXAMPLE =
  '{"by": "your name", "grades": [{"question": 1, "prefers": "a"}, {"question": 2, "prefers": "both"}]}';

export type GradeInput = z.input<typeof GradeInputSchema>;

/** Of promoteModel: answers with what the grades came to, in words. */
export const GRADE = { type: 'update', name: 'grade' } as UpdateDefinition<string, [GradeInput]>;

export interface RecordGradesInput extends GradeInput {
  promotionId: string;
  updateId: string;
}

export type RecordGradesResult =
  /** `lines`: all gradings of the promotion, a line each; `own`: those of the one who sent it. */
  { status: 'recorded'; graded: number; own: string; lines: string[] } | { status: 'refused'; message: string };
