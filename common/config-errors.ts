import type { z } from 'zod';
import {
  choicesOf,
  fieldNames,
  fieldSchema,
  schemasAt,
  typeText,
  type FieldSchema,
  type Path,
} from './field-schema.ts';
import { unknownName } from './unknown-name.ts';

/** A config that can't be used: every problem found, each naming file, line and field, and the fix. */
export class ConfigError extends Error {
  readonly problems: string[];
  constructor(problems: string[]) {
    super(problems.length === 1 ? problems[0] : `${problems.length} problems:\n  ${problems.join('\n  ')}`);
    this.name = 'ConfigError';
    this.problems = problems;
  }
}

/** Says where a field stands, for people: `configs/quickstart.yaml:12: gate.metric`; `key` is one of the field's own. */
export type Locate = (path: Path, key?: string) => string;

/** Parses a value by its schema. @throws ConfigError with what was found and expected at each field */
export function check<S extends z.ZodType>(options: { schema: S; value: unknown; at: Locate }): z.output<S> {
  const { schema, value, at } = options;
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const root = fieldSchema(schema);
  throw new ConfigError(result.error.issues.flatMap((issue) => describe({ issue, root, value, at })));
}

/** What one issue of a schema says, in the same words. */
export function problemsOf<S extends z.ZodType>(options: {
  issue: z.core.$ZodIssue;
  schema: S;
  value: unknown;
  at: Locate;
}): string[] {
  const { schema, ...rest } = options;
  return describe({ ...rest, root: fieldSchema(schema) });
}

/** Fields of one row or line that stands at `place`: `pairs.csv:7: answer`. */
export const fieldsOfRow =
  (place: string): Locate =>
  (path, key) => {
    const whole = key === undefined ? path : [...path, key];
    return whole.length === 0 ? place : `${place}: ${fieldName(whole)}`;
  };

/** `gate.guardrails[0].metric` */
export function fieldName(path: Path): string {
  const name = path.reduce<string>(
    (text, part) => (typeof part === 'number' ? `${text}[${part}]` : text ? `${text}.${String(part)}` : String(part)),
    '',
  );
  return name || 'the config';
}

function describe(options: { issue: z.core.$ZodIssue; root: FieldSchema; value: unknown; at: Locate }): string[] {
  const { issue, root, value, at } = options;
  const { path } = issue;
  if (issue.code === 'unrecognized_keys') {
    const known = [...new Set(schemasAt(root, path, value).flatMap((s) => fieldNames(s, valueAt(value, path))))].sort();
    return issue.keys.map((key) => `${at(path, key)}: ${unknownName('field', key, known)}`);
  }
  if (issue.code === 'invalid_union') {
    // The branch that got furthest is the one that was meant.
    const branch = issue.errors.toSorted((a, b) => depthOf(b) - depthOf(a))[0] ?? [];
    if (depthOf(branch) > 0) {
      return branch.flatMap((inner) =>
        describe({ ...options, issue: { ...inner, path: [...path, ...inner.path] } as z.core.$ZodIssue }),
      );
    }
  }
  const schemas = schemasAt(root, path, value);
  const found = valueAt(value, path);
  const choices = schemas.flatMap(choicesOf);
  if (typeof found === 'string' && choices.length > 0) {
    return [`${at(path)}: ${unknownName(String(path.findLast((part) => typeof part === 'string')), found, choices)}`];
  }
  if (issue.code === 'custom') return [`${at(path)}: found ${foundText(found)}; ${issue.message}`];
  const isKey = issue.code === 'invalid_key';
  const expected = isKey ? (issue.issues[0]?.message ?? '') : typeText({ anyOf: schemas });
  const fix = found === null && mayBeLeftOut(root, path, value) ? '; write one, or leave the field out' : '';
  if (schemas.some(({ secret }) => secret) && typeof found === 'string')
    return [`${at(path)}: found something else, which is not shown; expected ${expected}${fix}`];
  return [`${at(path)}: found ${isKey ? JSON.stringify(path.at(-1)) : foundText(found)}; expected ${expected}${fix}`];
}

/** How far into a union's member the value was understood. */
const depthOf = (issues: readonly z.core.$ZodIssue[]) =>
  Math.max(0, ...issues.map((i) => i.path.length + (i.code === 'unrecognized_keys' ? 1 : 0)));

function valueAt(value: unknown, path: Path): unknown {
  return path.reduce<unknown>((inner, part) => (inner as Record<PropertyKey, unknown> | undefined)?.[part], value);
}

function mayBeLeftOut(root: FieldSchema, path: Path, value: unknown): boolean {
  const name = path.at(-1);
  return (
    typeof name === 'string' &&
    schemasAt(root, path.slice(0, -1), value).every(({ required = [] }) => !required.includes(name))
  );
}

const LONGEST_SHOWN = 80;

function foundText(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (value === null) return 'no value';
  if (Array.isArray(value)) return value.length === 0 ? 'an empty list' : `a list of ${value.length}`;
  if (typeof value === 'object') return 'a mapping';
  if (typeof value === 'number' && !Number.isFinite(value)) return `${value}, which is no finite number`;
  // A password in an address is shown to nobody.
  const text = JSON.stringify(value).replace(/\/\/[^/@"]*@/, '//...@');
  const shown = text.length > LONGEST_SHOWN ? `${text.slice(0, LONGEST_SHOWN)}...` : text;
  return typeof value === 'number' ? `the number ${shown}` : shown;
}
