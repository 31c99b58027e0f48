import type { z } from 'zod';
import type { OpenAiError } from './openai-errors.ts';

/** A request's body by its schema, or what is wrong with it, field by field. */
export function parseBody<T extends z.ZodType>(
  schema: T,
  text: string,
): { body: z.output<T> } | { error: OpenAiError } {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    const message = `the request's body is not JSON (${(error as Error).message}); expected a JSON object`;
    return { error: { status: 400, code: 'invalid_json', message } };
  }
  const parsed = schema.safeParse(json);
  if (parsed.success) return { body: parsed.data };
  const [first] = parsed.error.issues;
  const message = parsed.error.issues.map((issue) => `${issue.path.join('.') || 'body'}: ${issue.message}`).join('; ');
  const param = first?.path.join('.');
  return { error: { status: 400, code: 'invalid_request', message, ...(param && { param }) } };
}
