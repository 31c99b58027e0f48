import { z } from 'zod';
import { check, ConfigError, fieldsOfRow } from '../common/config-errors.ts';
import { KindSchema, TurnSchema } from '../schema/data.ts';
import { FactSchema } from '../schema/evaluation.ts';
import type { Subject } from './types.ts';

/** Answers that people have judged: JSON lines. */

const text = z.string().trim().min(1);
const LabelLineSchema = z.strictObject({
  question: text,
  answer: z.string(),
  reference: text.optional(),
  references: z.array(text).min(1).optional(),
  facts: z.array(FactSchema).min(1).optional(),
  mustNot: z.array(text).min(1).optional(),
  context: text.optional(),
  kind: KindSchema.optional(),
  language: text.optional(),
  history: z.array(TurnSchema).optional(),
  label: z.enum(['pass', 'fail']),
});
const EXPECTED =
  'expected {"question": "...", "answer": "...", "label": "pass" or "fail", "reference"?, "references"?, "facts"?, "mustNot"?, "context"?, "kind"?, "language"?, "history"?}';
const FAULTS_SHOWN = 10;

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
    const at = `${file}:${i + 1}`;
    try {
      const { label, ...fields } = check({
        schema: LabelLineSchema,
        value: parseJson(line),
        at: fieldsOfRow(at),
      });
      labels.push({ subject: withoutUndefined(fields), human: label });
    } catch (error) {
      faults.push(...(error instanceof ConfigError ? error.problems : [`${at}: ${(error as Error).message}`]));
    }
  }
  if (faults.length > 0) {
    const more = faults.length > FAULTS_SHOWN ? [`... and ${faults.length - FAULTS_SHOWN} more`] : [];
    throw new Error([...faults.slice(0, FAULTS_SHOWN), ...more, `Each line: ${EXPECTED}`].join('\n'));
  }
  if (labels.length === 0) throw new Error(`${file}: no labels found; ${EXPECTED} on each line`);
  return labels;
}

function parseJson(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    throw new Error(`found ${JSON.stringify(line.slice(0, 60))}, which is not JSON`);
  }
}

const withoutUndefined = (fields: object): Subject =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as unknown as Subject;
