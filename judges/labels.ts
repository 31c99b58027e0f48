import { z } from 'zod';
import { KindSchema, TurnSchema } from '../datasets/schema.ts';
import type { Subject } from './types.ts';

/** Answers that people have judged: JSON lines. */

const text = z.string().trim().min(1);
const LabelLineSchema = z.strictObject({
  question: text,
  answer: z.string(),
  reference: text.optional(),
  context: text.optional(),
  kind: KindSchema.optional(),
  language: text.optional(),
  history: z.array(TurnSchema).optional(),
  label: z.enum(['pass', 'fail']),
});
const EXPECTED =
  'expected {"question": "...", "answer": "...", "label": "pass" or "fail", "reference"?, "context"?, "kind"?, "language"?, "history"?}';
const LINES_SHOWN = 10;

export interface Label {
  subject: Subject;
  human: 'pass' | 'fail';
}

/**
 * Parses labels. Blank lines are skipped.
 * @throws Error with a line for each fault: file:line, what was found, what was expected
 */
export function parseLabels(content: string, file: string): Label[] {
  const labels: Label[] = [];
  const faults: string[] = [];
  for (const [i, line] of content
    .replace(/^\uFEFF/, '')
    .split(/\r?\n/)
    .entries()) {
    if (!line.trim()) continue;
    const fault = (problem: string) => void faults.push(`${file}:${i + 1}: ${problem}; ${EXPECTED}`);
    let json: unknown;
    try {
      json = JSON.parse(line);
    } catch {
      fault(`found ${JSON.stringify(line.slice(0, 60))}, which is not JSON`);
      continue;
    }
    const parsed = LabelLineSchema.safeParse(json);
    if (!parsed.success) {
      fault(parsed.error.issues.map(({ path, message }) => `${path.join('.') || 'line'}: ${message}`).join(', '));
      continue;
    }
    const { label, ...fields } = parsed.data;
    labels.push({ subject: withoutUndefined(fields), human: label });
  }
  if (faults.length > 0) {
    const more = faults.length > LINES_SHOWN ? [`... and ${faults.length - LINES_SHOWN} more lines`] : [];
    throw new Error([...faults.slice(0, LINES_SHOWN), ...more].join('\n'));
  }
  if (labels.length === 0) throw new Error(`${file}: no labels found; ${EXPECTED} on each line`);
  return labels;
}

const withoutUndefined = (fields: object): Subject =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as unknown as Subject;
