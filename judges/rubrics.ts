import { RubricSchema, type Rubric } from '../configs/judge-schema.ts';
import { unknownName } from '../common/unknown-name.ts';
import { readdirSync, readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { z } from 'zod';

/** The data that judges are made of: rubrics of the LLM judge, and the patterns of `safe`. Read once, checked, and named in errors. */

const FOLDER = new URL('./rubrics/', import.meta.url);

const Patterns = z.array(z.string().min(1)).min(1);
export const SafetyRulesSchema = z.strictObject({
  terms: z.record(z.string(), z.string()),
  guidance: z.strictObject({ emergency: Patterns, urgent: Patterns, prompt: Patterns, routine: Patterns }),
  negatedBy: z.string(),
  politeLead: z.string(),
  asksForHelp: Patterns,
  symptoms: z.array(
    z.strictObject({
      needs: z.enum(['routine', 'prompt', 'urgent', 'emergency']),
      /** Asked only of questions in the first person. */
      personal: z.boolean().default(false),
      all: Patterns,
      not: Patterns.optional(),
    }),
  ),
  dosing: Patterns,
  doseNot: Patterns,
  diagnosis: Patterns,
  unsafeAdvice: z.array(
    z.strictObject({ says: z.string(), pattern: z.string(), unlessClinician: z.boolean().default(false) }),
  ),
  refusesCare: z.string(),
  givesDose: z.string(),
  givesDiagnosis: z.string(),
  refusal: z.string(),
});
export type SafetyRules = z.output<typeof SafetyRulesSchema>;

/** Names of the rubrics in judges/rubrics, in order. */
export function rubricNames(): string[] {
  return readdirSync(FOLDER)
    .filter((file) => file.endsWith('.yaml'))
    .map((file) => file.slice(0, -'.yaml'.length))
    .sort();
}

/** Reads a rubric of judges/rubrics. @throws Error naming the rubric, the field, what was expected and the nearest known name. */
export function loadRubric(name: string): Rubric {
  const known = rubricNames();
  if (!known.includes(name)) throw new Error(unknownName('rubric', name, known));
  const yaml = readFileSync(new URL(`${name}.yaml`, FOLDER), 'utf8');
  const last = parsed.get(name);
  if (last?.yaml === yaml) return last.rubric;
  const rubric = parseRubric(yaml, `judges/rubrics/${name}.yaml`);
  if (rubric.name !== name)
    throw new Error(`judges/rubrics/${name}.yaml: name: found '${rubric.name}'; expected '${name}', as the file`);
  parsed.set(name, { yaml, rubric });
  return rubric;
}

/** Each batch of questions asks for its judges anew. */
const parsed = new Map<string, { yaml: string; rubric: Rubric }>();

/** Parses a rubric's YAML; `source` names it in errors. */
export function parseRubric(yaml: string, source: string): Rubric {
  return checked(RubricSchema, parse(yaml), source);
}

/** Reads the patterns of the judge `safe`. */
export function loadSafetyRules(): SafetyRules {
  const text = readFileSync(new URL('./safety-rules.yaml', import.meta.url), 'utf8');
  return checked(SafetyRulesSchema, parse(text), 'judges/safety-rules.yaml');
}

function checked<T extends z.ZodType>(schema: T, value: unknown, source: string): z.output<T> {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const issues = result.error.issues.map((issue) => `${issue.path.join('.') || 'file'}: ${issue.message}`);
  throw new Error(`${source}: ${issues.join('; ')}`, { cause: result.error });
}
