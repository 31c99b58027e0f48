import { z } from 'zod';
import { text } from './model-schema.ts';

const VARIABLE = "an environment variable's name, such as PAGES_DATABASE";

/** Rows of a database that are documents. */
export const SqlSourceSchema = z.strictObject({
  sql: text.describe(
    'A query of which each row is a document: `id`, `text`, and `title`, `licence`, `language`, `groups`, `validUntil` where there are any.',
  ),
  databaseEnv: z
    .string()
    .regex(/^[A-Za-z_]\w*$/, VARIABLE)
    .meta({ expected: VARIABLE })
    .describe('The environment variable that holds the address of the database: `postgres://...`, or a SQLite file.'),
});

/** Where runs may read documents from, beside folders: configs/sources.yaml, read by the worker, never changed by a run. */

const RULE =
  's3://BUCKET/PREFIX, https://HOST/PATH, git+https://HOST/REPOSITORY, hf://datasets/OWNER/NAME or env:VARIABLE of a database';

export const SourcesSchema = z.strictObject({
  allowed: z
    .array(
      z
        .string()
        .regex(/^(?:(?:s3|https?|hf|git\+(?:https?|file|ssh)):\/\/\S+|env:[A-Za-z_]\w*)$/, RULE)
        .meta({ expected: RULE }),
    )
    .default([])
    .describe('What runs may fetch documents from: all that lies below each of these.'),
});

export type SourcePolicy = z.output<typeof SourcesSchema>;
export type SqlSource = z.output<typeof SqlSourceSchema>;
