import type { UpdateDefinition } from '@temporalio/common';
import { z } from 'zod';

/** Grades of a blind sample, as they cross the wire to `promoteModel`. */

/** What a person says of two answers of which nobody says whose they are. */
export const PREFERS = ['a', 'b', 'both', 'neither'] as const;
export type Prefers = (typeof PREFERS)[number];

const found = (input: unknown) =>
  input === undefined ? 'found nothing' : `found ${JSON.stringify(input)?.slice(0, 60)}`;
const EXPECTED = `expected ${PREFERS.slice(0, -1).join(', ')} or ${PREFERS.at(-1)}`;
const NOT_GRADED = "leave out a question that you don't grade";

export const GradedSchema = z.strictObject({
  /** Its number in the sample. */
  question: z
    .number({ error: ({ input }) => `${found(input)}, expected the question's number, such as 1` })
    .int()
    .positive(),
  prefers: z.enum(PREFERS),
  comment: z.string().trim().max(2_000).optional(),
});
export type Graded = z.infer<typeof GradedSchema>;

/** What a person writes, as a list: `1a 2b 3both 4neither`, or a list of objects, which may carry comments. What is left empty is not graded. */
const GradesSchema = z.preprocess((written, context) => {
  const wrong = (message: string) => context.addIssue({ code: 'custom', input: written, message });
  const grades = typeof written === 'string' ? fromText(written, wrong) : written;
  if (!Array.isArray(grades)) return grades;
  const graded = (grades as unknown[])
    .filter((one) => !isEmpty(one))
    .map((one: unknown) =>
      typeof one === 'object' && one !== null && 'prefers' in one ? { ...one, prefers: asLetter(one.prefers) } : one,
    );
  for (const one of graded as Partial<Record<string, unknown>>[]) {
    if (typeof one?.question !== 'number') continue;
    const { question, prefers } = one;
    // By the number that stands beside the question, not by its place in a list, which begins with 0.
    if (!PREFERS.some((known) => known === prefers))
      wrong(`question ${question}: ${found(prefers)}, ${EXPECTED}; ${NOT_GRADED}`);
  }
  const numbers = graded
    .map((one) => (one as { question?: unknown } | null)?.question)
    .filter((one) => typeof one === 'number');
  for (const twice of new Set(numbers.filter((one, i) => numbers.indexOf(one) < i)))
    wrong(`question ${twice}: found it twice, expected each question once`);
  return graded;
}, z.array(GradedSchema).min(1, `found no grade, expected one at least, such as "1a 2both"`).max(100));

/** An object whose `prefers` was left as it is printed. */
const isEmpty = (one: unknown) =>
  typeof one === 'object' &&
  one !== null &&
  'prefers' in one &&
  typeof one.prefers === 'string' &&
  /^\s*-?\s*$/.test(one.prefers);

/** `1a`, `1: a`; a number for an answer stands behind a sign: `1=2`. */
const PART = /^(\d+)(?:\s*[:=.)]?\s*([^\d\s,;]*)|[:=]([12]))$/;

/** The answers as `npx whetstone grade` numbers them. */
const asLetter = (prefers: unknown): unknown =>
  prefers === 1 || prefers === '1' ? 'a' : prefers === 2 || prefers === '2' ? 'b' : prefers;

function fromText(text: string, wrong: (message: string) => void): { question: number; prefers: string }[] {
  const parts = text.split(/[\s,;]+(?=\d)/).map((part) => part.replace(/^[\s,;]+|[\s,;]+$/g, ''));
  return parts.flatMap((part) => {
    if (part === '') return [];
    const [, number, letters, digit] = PART.exec(part) ?? [];
    const word = letters ?? (digit === undefined ? undefined : (asLetter(digit) as string));
    if (number === undefined) {
      wrong(`${found(part)}, expected a question's number and a, b, both or neither, such as 1a or 3both`);
      return [];
    }
    const prefers = (word ?? '').toLowerCase();
    return /^[-–—]?$/.test(prefers) ? [] : [{ question: Number(number), prefers }];
  });
}

export const GradeInputSchema = z.strictObject({
  by: z.string().trim().min(1),
  /** The sample that was graded, as it stands beside it: grades of another are refused. */
  sample: z
    .string()
    .regex(/^[0-9a-f]{12}$/, "expected the sample's name, 12 digits, as it stands beside the sample")
    .optional(),
  grades: GradesSchema,
});
export const GRADE_EXAMPLE = '{"by": "your name", "grades": "1a 2b 3both 4neither"}';

export type GradeInput = Omit<z.infer<typeof GradeInputSchema>, 'grades'> & { grades: Graded[] | string };

/** Of promoteModel: answers with what the grades came to, in words. */
export const GRADE = { type: 'update', name: 'grade' } as UpdateDefinition<string, [GradeInput]>;

export interface RecordGradesInput extends z.infer<typeof GradeInputSchema> {
  promotionId: string;
  updateId: string;
}

export type RecordGradesResult =
  /** `lines`: all gradings of the promotion, a line each; `own`: those of the one who sent it. */
  { status: 'recorded'; graded: number; own: string; lines: string[] } | { status: 'refused'; message: string };
