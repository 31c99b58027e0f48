import { z } from 'zod';

/** Where runs may read documents from, beside folders: configs/sources.yaml, read by the worker, never changed by a run. */

const RULE = 's3://BUCKET/PREFIX, https://HOST/PATH, or git+https://HOST/REPOSITORY';

export const SourcesSchema = z.strictObject({
  allowed: z
    .array(
      z
        .string()
        .regex(/^(?:s3|https?|git\+(?:https?|file|ssh)):\/\/\S+$/, RULE)
        .meta({ expected: RULE }),
    )
    .default([])
    .describe('What runs may fetch documents from: all that lies below each of these.'),
});

export type SourcePolicy = z.output<typeof SourcesSchema>;
