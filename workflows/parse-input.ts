import { ApplicationFailure } from '@temporalio/workflow';
import type { z } from 'zod';

/**
 * Parses what a person typed into the Temporal UI, before anything else: a run that can't be understood fails at once and
 * shows an input that works, where a plain error would retry for ever and look alive.
 */
export function parseInput<S extends z.ZodType>(options: {
  schema: S;
  input: unknown;
  workflow: string;
  example: string;
}): z.output<S> {
  const result = options.schema.safeParse(options.input);
  if (result.success) return result.data;
  const problems = result.error.issues
    .map((issue) => `${issue.path.join('.') || 'input'}: ${issue.message}`)
    .join('; ');
  throw ApplicationFailure.create({
    type: 'whetstone.input',
    nonRetryable: true,
    message: `${options.workflow}: ${problems}. Use an input such as ${options.example}`,
  });
}
