import { expect, it } from 'vitest';
import { z } from 'zod';
import { columnsOf } from './schema-columns.ts';

it('each field of a schema has its column, in the schema’s order', () => {
  const schema = z.strictObject({
    id: z.string(),
    kind: z.enum(['a', 'b']),
    count: z.number().int().min(0),
    score: z.number(),
    sure: z.boolean(),
    level: z.enum(['low', 'high']).default('low'),
    note: z.string().optional(),
    tags: z.array(z.string()),
    turns: z.array(z.strictObject({ role: z.literal('user'), at: z.number().int().optional() })),
    origin: z
      .discriminatedUnion('by', [
        z.strictObject({ by: z.literal('file'), file: z.string() }),
        z.strictObject({ by: z.literal('try'), attempt: z.number().int() }),
      ])
      .optional(),
  });
  const columns = columnsOf(schema);
  expect(columns).toEqual({
    id: { type: 'string' },
    kind: { type: 'string' },
    count: { type: 'int32' },
    score: { type: 'double' },
    sure: { type: 'boolean' },
    level: { type: 'string' },
    note: { type: 'string', optional: true },
    tags: { type: 'string', list: true },
    turns: {
      type: 'struct',
      list: true,
      columns: { role: { type: 'string' }, at: { type: 'int32', optional: true } },
    },
    origin: {
      type: 'struct',
      optional: true,
      columns: {
        by: { type: 'string' },
        file: { type: 'string', optional: true },
        attempt: { type: 'int32', optional: true },
      },
    },
  });
  expect(Object.keys(columns)).toEqual(Object.keys(schema.shape));
});

it('a field that no column can hold is named', () => {
  const held = (value: z.ZodType) => () => columnsOf(z.strictObject({ row: z.strictObject({ value }) }));
  expect(held(z.union([z.string(), z.number()]))).toThrow('row.value: found string or number');
  expect(held(z.null())).toThrow('row.value: found null; a column holds');
  expect(held(z.unknown())).toThrow('row.value: found undefined');
});
