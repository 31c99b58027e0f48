import { z } from 'zod';
import { RemoteModelSchema, text } from './model-schema.ts';

/** What may not come into a dataset, whoever wrote it. */

export const SemanticDuplicatesSchema = z.strictObject({
  model: RemoteModelSchema.describe('The embedding model.'),
  threshold: z
    .number()
    .min(0.5)
    .max(1)
    .default(0.92)
    .describe('Cosine from which two questions of different facts ask the same.'),
});

export const FiltersSchema = z.strictObject({
  personalData: z
    .enum(['redact', 'reject', 'keep'])
    .default('redact')
    .describe(
      'E-mail addresses, phone numbers, card and account numbers and network addresses. `redact`: replaced in documents, before a teacher sees them, and in pairs; `reject`: a pair that has some is rejected; `keep`: let be.',
    ),
  phoneRegion: z
    .string()
    .regex(/^[A-Z]{2}$/, 'a country in two capital letters, such as GB')
    .optional()
    .meta({ expected: 'a country in two capital letters, such as GB' })
    .describe('Where numbers without a country code are from; without it only those with one are found.'),
  instructions: z
    .enum(['reject', 'skip', 'keep'])
    .default('reject')
    .describe(
      'Text in a document that tries to instruct a model. It is listed on the card in any case. `reject`: pairs that rest on it, or repeat it, are rejected; `skip`: a passage that has it is not sent to a teacher; `keep`: let be.',
    ),
  restricted: z
    .enum(['skip', 'keep'])
    .default('skip')
    .describe(
      'Documents that only some groups may read. `skip`: an index has them, for those groups, and nothing is asked of them or trained on them; `keep`: they are taught like any other, and whoever may ask the model may learn what they say.',
    ),
  contamination: z
    .number()
    .min(0.5)
    .max(1)
    .default(0.7)
    .describe(
      'Jaccard similarity of words from which an example is too near a question of a suite file: it is left out. For suites that declare the same facts in new wording, `split.nearDuplicate` counts.',
    ),
  semanticDuplicates: SemanticDuplicatesSchema.optional().describe(
    'Questions of different facts that ask the same in other words, by an embedding model; without it only wordings are compared.',
  ),
});

export const LicencesSchema = z.strictObject({
  documents: z
    .array(text)
    .default([])
    .describe('Licences that documents may have, as their front matter says; a document with none is refused then.'),
  bases: z.array(text).default([]).describe("Licences that a candidate's base may have, as its `licence` says."),
});

export type FiltersConfig = z.output<typeof FiltersSchema>;
export type LicencesConfig = z.output<typeof LicencesSchema>;
