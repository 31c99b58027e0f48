import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { CONFIG_DOCUMENT, configDocument, knobs } from './document.ts';
import { fieldSchema } from '../common/field-schema.ts';
import { knownNames } from '../evaluation/known-names.ts';
import { RunConfigSchema, StagesSchema } from './schema.ts';

describe('docs/config.md', () => {
  it.each([
    ['a run', RunConfigSchema],
    ['stages.yaml', StagesSchema],
  ])('says what every field of %s means', (_of, schema) => {
    const all = knobs(fieldSchema(schema));
    expect(all.filter(({ meaning }) => !meaning).map(({ path }) => path)).toEqual([]);
    expect(all.length).toBeGreaterThan(3);
  });

  it('is what `npm run docs:config` writes', async () => {
    const { judges, metrics } = knownNames({ aliases: {} });
    expect(await readFile(CONFIG_DOCUMENT, 'utf8')).toBe(await configDocument({ judges, metrics }));
  });
});

describe('knobs', () => {
  it('lists the names that only the code knows', () => {
    const judges = z.array(z.string()).default([]).meta({ names: 'judges' }).describe('Who rejects.');
    expect(knobs(fieldSchema(z.strictObject({ judges })), { judges: ['tone', 'safe'] })).toMatchObject([
      { path: 'judges', meaning: 'Who rejects. Known: `tone`, `safe`.' },
    ]);
  });

  it('lists fields of mappings, lists and unions, and finds the one without a meaning', () => {
    const schema = z.strictObject({
      size: z.number().int().min(1).max(8).default(4).describe('How many.'),
      parts: z.array(z.strictObject({ silent: z.string() })).describe('Parts.'),
      by: z
        .discriminatedUnion('kind', [
          z.strictObject({ kind: z.literal('a').describe('A.'), only: z.string().min(1).optional().describe('Of a.') }),
          z.strictObject({ kind: z.literal('b').describe('B.') }),
        ])
        .optional()
        .describe('Who.'),
    });
    expect(knobs(fieldSchema(schema))).toEqual([
      { path: 'size', type: 'a whole number from 1 to 8', default: '4', meaning: 'How many.' },
      { path: 'parts', type: 'a list, each a mapping', default: 'required', meaning: 'Parts.' },
      { path: 'parts[].silent', type: 'text', default: 'required', meaning: '' },
      { path: 'by', type: 'a mapping with kind: `a` or `b`', default: '', meaning: 'Who.' },
      { path: 'by.kind', type: '`a` or `b`', default: 'required', meaning: 'A. B.' },
      { path: 'by.only', type: 'non-empty text', default: '', meaning: 'Of a. (a only)' },
    ]);
  });
});
