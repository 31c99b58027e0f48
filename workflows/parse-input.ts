import { ApplicationFailure } from '@temporalio/workflow';
import type { z } from 'zod';
import { fieldName, problemsOf, type Locate } from '../common/config-errors.ts';

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
  const { schema, input, workflow, example } = options;
  const result = schema.safeParse(input);
  if (result.success) return result.data;
  const problems = result.error.issues.flatMap((issue) =>
    ZODS_OWN.test(issue.message)
      ? problemsOf({ issue, schema, value: input, at: inInput })
      : [`${inInput(issue.path)}: ${issue.message}`],
  );
  throw ApplicationFailure.create({
    type: 'whetstone.input',
    nonRetryable: true,
    message: `${workflow}: ${problems.join('; ')}. Use an input such as ${example}`,
  });
}

/** What zod says where the schema says nothing itself: words for programmers. */
const ZODS_OWN = /^(?:Invalid |Too |Unrecognized )/;

const inInput: Locate = (path, key) => {
  const whole = key === undefined ? path : [...path, key];
  return whole.length === 0 ? 'input' : fieldName(whole);
};
