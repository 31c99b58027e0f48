import { z } from 'zod';
import type { Shown } from '../visible.ts';

/** A blind sample: questions with two answers each, of which nobody says whose they are until they are graded. */

/** As many as a person is asked to grade, unless they say otherwise. */
export const SAMPLE_QUESTIONS = 20;
/** As many as are drawn, for who wants to grade more. */
export const MOST_SAMPLED = 100;

const ShownSchema = z.strictObject({ text: z.string(), of: z.number().int().optional() });

export const SampledSchema = z.strictObject({
  suite: z.string(),
  questionId: z.string(),
  question: ShownSchema,
  reference: ShownSchema,
  a: ShownSchema,
  b: ShownSchema,
  /** Which of the two is the candidate's. */
  candidate: z.enum(['a', 'b']),
  /** What each judge said of both, by metric. */
  verdicts: z.record(
    z.string(),
    z.strictObject({ judge: z.string(), version: z.string(), candidate: z.number(), other: z.number() }),
  ),
});

export const SampleSchema = z.strictObject({
  promotion: z.string(),
  evaluation: z.string(),
  /** Of all questions those whose answers differ, and of these such as the evidence page shows by name. */
  of: z.strictObject({ questions: z.number().int(), differ: z.number().int(), named: z.number().int() }),
  /** In the order in which they are graded: each beginning of it is a sample, too. */
  questions: z.array(SampledSchema),
});

export type Sampled = z.infer<typeof SampledSchema>;
export type Sample = z.infer<typeof SampleSchema>;

/** What may be shown before grading: everything but whose answers they are, and what follows from that. */
export interface BlindQuestion {
  /** From 1. */
  number: number;
  suite: string;
  question: Shown;
  reference: Shown;
  a: Shown;
  b: Shown;
}

/** A sample as a page holds it. */
export interface BlindPart {
  /** Names the sample, so that grades of another one are refused. */
  sample: string;
  of: Sample['of'];
  questions: BlindQuestion[];
}

/** The first questions of a sample, without what would give away whose an answer is. */
export function blindPart({ sample, id }: KeptSample, most = SAMPLE_QUESTIONS): BlindPart {
  const questions = sample.questions
    .slice(0, most)
    .map(({ suite, question, reference, a, b }, i) => ({ number: i + 1, suite, question, reference, a, b }));
  return { sample: id, of: sample.of, questions };
}

/** A sample and its name: the first digits of its content's hash. */
export interface KeptSample {
  sample: Sample;
  id: string;
}
