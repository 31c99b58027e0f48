import { z } from 'zod';

/** The fields of a config as data, read from its schema: what errors expect, and what docs/config.md lists. */

type TypeName = 'string' | 'number' | 'integer' | 'boolean' | 'array' | 'object';

/** The part of JSON Schema that zod writes for configs. `expected` is ours: a pattern in words. */
export interface FieldSchema {
  type?: TypeName | TypeName[];
  const?: unknown;
  enum?: unknown[];
  anyOf?: FieldSchema[];
  oneOf?: FieldSchema[];
  properties?: Record<string, FieldSchema>;
  required?: string[];
  /** Which names a mapping's fields may have. */
  propertyNames?: FieldSchema;
  additionalProperties?: boolean | FieldSchema;
  items?: FieldSchema;
  minItems?: number;
  minLength?: number;
  minimum?: number;
  maximum?: number;
  exclusiveMinimum?: number;
  exclusiveMaximum?: number;
  format?: string;
  default?: unknown;
  description?: string;
  expected?: string;
  /** Ours: what is found there may be a key, put in the wrong place, and is not shown. */
  secret?: boolean;
  /** Ours: names that only the code knows stand here, of this kind. */
  names?: string;
  /** Ours: another field whose fields these are, so that they are listed once. */
  sameAs?: string;
}

export type Path = readonly PropertyKey[];

/** Something that is wrong with a field, in words. */
export interface FieldProblem {
  path: Path;
  message: string;
}

export function fieldSchema(schema: z.ZodType): FieldSchema {
  let fields = known.get(schema);
  if (!fields) known.set(schema, (fields = z.toJSONSchema(schema, { io: 'input' }) as FieldSchema));
  return fields;
}

/** A file may have many rows with faults, all of one schema. */
const known = new WeakMap<z.ZodType, FieldSchema>();

/** A schema that is no union. */
type Member = Omit<FieldSchema, 'type'> & { type?: TypeName };

/** The members of a union, else the schema itself. */
export function membersOf(schema: FieldSchema): Member[] {
  const { type, ...rest } = schema;
  if (Array.isArray(type)) return type.map((one) => ({ ...rest, type: one }));
  return (schema.anyOf ?? schema.oneOf)?.flatMap(membersOf) ?? [{ ...rest, ...(type && { type }) }];
}

/** The value of the field that tells a union's members apart, such as `openai` of `provider: openai`. */
export function constantOf({ properties = {} }: FieldSchema): { name: string; value: string } | undefined {
  const found = Object.entries(properties).find(([, property]) => property.const !== undefined);
  return found && { name: found[0], value: String(found[1].const) };
}

/** The schemas that may hold at a path; of a union, only the members that the value can be meant for. */
export function schemasAt(root: FieldSchema, path: Path, value: unknown): FieldSchema[] {
  const [part, ...rest] = path;
  if (part === undefined) return [root];
  const inner = typeof value === 'object' && value !== null ? (value as Record<PropertyKey, unknown>)[part] : undefined;
  return meantMembers(root, value).flatMap((member) => {
    const next = typeof part === 'number' ? member.items : propertyOf(member, String(part));
    return next ? schemasAt(next, rest, inner) : [];
  });
}

/** The fields that a mapping may have. */
export function fieldNames(schema: FieldSchema, value: unknown): string[] {
  return meantMembers(schema, value).flatMap(({ properties = {}, propertyNames = {} }) => [
    ...Object.keys(properties),
    ...choicesOf(propertyNames),
  ]);
}

function propertyOf({ properties, additionalProperties }: FieldSchema, name: string): FieldSchema | undefined {
  if (properties && Object.hasOwn(properties, name)) return properties[name];
  return typeof additionalProperties === 'object' ? additionalProperties : undefined;
}

/** Members of the value's shape whose constant doesn't contradict it; all of that shape when each does. */
function meantMembers(schema: FieldSchema, value: unknown): FieldSchema[] {
  const all = membersOf(schema);
  if (typeof value !== 'object' || value === null) return all;
  const shaped = all.filter(({ type }) => type === (Array.isArray(value) ? 'array' : 'object'));
  const members = shaped.length > 0 ? shaped : all;
  const fitting = members.filter((member) => {
    const constant = constantOf(member);
    return !constant || (value as Record<string, unknown>)[constant.name] === constant.value;
  });
  return fitting.length > 0 ? fitting : members;
}

/** The only values that a field may have, where they are listed. */
export function choicesOf(schema: FieldSchema): string[] {
  return (schema.enum ?? (schema.const === undefined ? [] : [schema.const])).map(String);
}

/** What may stand in a field, in words: `a whole number from 16 to 8192`. */
export function typeText(schema: FieldSchema): string {
  const members = membersOf(schema);
  const choices = members.flatMap(choicesOf);
  const mappings = members.filter(({ type }) => type === 'object');
  const others = members.filter((member) => !mappings.includes(member) && choicesOf(member).length === 0);
  const texts = [
    ...(choices.length > 0 ? [alternatives(choices.map(code))] : []),
    ...others.map(memberText),
    ...(mappings.length > 0 ? [mappingText(mappings)] : []),
  ];
  return [...new Set(texts)].join(', or ');
}

function memberText(schema: Member): string {
  const { type, format, items, expected } = schema;
  if (expected) return expected;
  switch (type) {
    case 'string':
      if (format === 'uri') return 'a URL such as http://127.0.0.1:8000/v1';
      return schema.minLength ? 'non-empty text' : 'text';
    case 'integer':
      return `a whole number${rangeText(schema)}`;
    case 'number':
      return `a number${rangeText(schema)}`;
    case 'boolean':
      return 'true or false';
    case 'array':
      return `a ${listText(schema.minItems)}${items ? `, each ${typeText(items)}` : ''}`;
    case 'object':
      return mappingText([schema]);
    case undefined:
      return 'anything';
    default:
      return type satisfies never;
  }
}

const listText = (least = 0) => (least > 1 ? `list of at least ${least}` : least > 0 ? 'non-empty list' : 'list');

function mappingText(mappings: FieldSchema[]): string {
  const constants = mappings.flatMap((mapping) => constantOf(mapping) ?? []);
  const [first] = constants;
  // Where one of them is meant by whoever names none, there is nothing to be named.
  const needed = first && mappings.every(({ required = [] }) => required.includes(first.name));
  return needed
    ? `a mapping with ${first.name}: ${alternatives(constants.map(({ value }) => code(value)))}`
    : 'a mapping';
}

function rangeText({ minimum, maximum, exclusiveMinimum, exclusiveMaximum }: FieldSchema): string {
  const most = maximum === Number.MAX_SAFE_INTEGER ? undefined : maximum;
  if (minimum !== undefined && most !== undefined) return ` from ${minimum} to ${most}`;
  const bounds = [
    minimum !== undefined && `at least ${minimum}`,
    exclusiveMinimum !== undefined && `above ${exclusiveMinimum}`,
    most !== undefined && `at most ${most}`,
    exclusiveMaximum !== undefined && `below ${exclusiveMaximum}`,
  ].filter((bound) => bound !== false);
  if (bounds.length === 0) return '';
  return `${bounds[0]?.startsWith('at ') ? ' of ' : ' '}${bounds.join(' and ')}`;
}

const code = (value: string) => `\`${value}\``;

/** `a`, `a or b`, `a, b or c`; each once. */
export function alternatives(all: string[]): string {
  const choices = [...new Set(all)];
  return choices.length < 2 ? choices.join('') : `${choices.slice(0, -1).join(', ')} or ${choices.at(-1)}`;
}
