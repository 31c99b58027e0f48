import { z } from 'zod';
import { membersOf, type FieldSchema } from '../common/field-schema.ts';
import type { Column, Columns } from './parquet-columns.ts';

/**
 * The columns of rows of a schema, in its order: a field has a column by being there. A union of objects is a struct of all their
 * fields, of which those that not every member has are optional.
 * @throws Error naming the field that no column can hold
 */
export function columnsOf(schema: z.ZodType): Columns {
  return columnsIn(z.toJSONSchema(schema, { io: 'output' }) as FieldSchema, '');
}

function columnsIn(schema: FieldSchema, place: string): Columns {
  const members = membersOf(schema);
  const names = [...new Set(members.flatMap(({ properties = {} }) => Object.keys(properties)))];
  return Object.fromEntries(
    names.map((name) => {
      const fields = members.flatMap(({ properties = {} }) => properties[name] ?? []);
      const required = members.every((member) => member.required?.includes(name));
      return [name, { ...columnOf({ anyOf: fields }, `${place}${name}`), ...(!required && { optional: true }) }];
    }),
  );
}

function columnOf(schema: FieldSchema, place: string): Column {
  const members = membersOf(schema);
  const types = [...new Set(members.map(({ type, const: constant }) => type ?? typeof constant))];
  const [type = 'nothing', ...others] = types;
  if (others.length > 0) throw new Error(`${place}: found ${types.join(' or ')}; a column holds values of one type`);
  switch (type) {
    case 'string':
    case 'boolean':
      return { type };
    case 'integer':
      return { type: 'int32' };
    case 'number':
      return { type: 'double' };
    case 'array':
      return { ...columnOf({ anyOf: members.flatMap(({ items }) => items ?? []) }, `${place}[]`), list: true };
    case 'object':
      return { type: 'struct', columns: columnsIn(schema, `${place}.`) };
    default:
      throw new Error(`${place}: found ${type}; a column holds text, numbers, true or false, lists or named fields`);
  }
}
