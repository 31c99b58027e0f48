import { z } from 'zod';
import { DataRefSchema, InstructionFlagSchema } from './data.ts';

/** What a dataset says of itself: its splits, its counts, and what it was made by. */

export const SplitNameSchema = z.enum(['train', 'validation', 'test', 'rejected']);

const count = z.number().int().min(0);

const ManifestSchema = z.strictObject({
  name: z.string(),
  /** First 12 hex digits of the hash over all splits and the recipe: a dataset's name is its content. */
  version: z.string(),
  /** How the test split relates to train. */
  testDeclares: z.enum(['same facts, new wording', 'new facts']),
  generated: z.number().int(),
  kept: z.number().int(),
  rejected: z.record(z.string(), z.number().int()),
  documents: z.number().int(),
  chunks: z.number().int(),
  chunksCovered: z.number().int(),
  facts: z.number().int(),
  /** Sentences, list items and table rows of the documents, and those that a kept pair rests on. */
  unitsTotal: count,
  unitsCovered: count,
  /** The others by reason; each can be read in `skipped`. */
  unitsSkipped: z.record(z.string(), count),
  /** Of the documents, those with the smallest shares of units that gave a pair. */
  worstDocuments: z.array(z.strictObject({ documentId: z.string(), units: count, covered: count })),
  /** Every unit that gave no kept pair. */
  skipped: DataRefSchema,
  /** Where the config asks for kinds in shares: examples wanted of each, and kept. */
  kinds: z.record(z.string(), z.strictObject({ wanted: z.number().int(), kept: z.number().int() })).optional(),
  /** Of imported files, by name: the pairs that were kept. */
  imports: z.record(z.string(), z.number().int()).optional(),
  /** Rejected examples that went back to the teacher, and how many of them came back good. */
  corrections: z.strictObject({ asked: z.number().int(), saved: z.number().int() }).optional(),
  /** Of each panel of judge models: pairs judged, and those where the models disagreed. */
  panels: z.record(z.string(), z.strictObject({ judged: z.number().int(), disagreed: z.number().int() })).optional(),
  /** Of each cascade: pairs judged, and those for which the last and dearest step was asked. */
  cascades: z
    .record(z.string(), z.strictObject({ judged: z.number().int(), reachedLast: z.number().int() }))
    .optional(),
  /** Personal data in the documents and the imported pairs, by kind, and what became of it. */
  personalData: z.record(z.string(), z.number().int()),
  personalDataRule: z.enum(['redact', 'reject', 'keep']).optional(),
  /** Texts in the documents that try to instruct a model: how many, and the first of them. */
  instructions: z.strictObject({ found: z.number().int(), first: z.array(InstructionFlagSchema) }),
  /** Suite files that no example may be near to, by name: SHA-256 over their questions. */
  suites: z.record(z.string(), z.string()),
  /** Licences of the documents and of the base models, and what the teacher's terms say of training on its replies. */
  licences: z.strictObject({
    documents: z.array(z.string()),
    /** Documents that state none. */
    undeclared: z.number().int().optional(),
    teacher: z.strictObject({ name: z.string(), trainingTerms: z.string() }),
  }),
  splits: z.record(SplitNameSchema, DataRefSchema),
  /** Chat-format JSON lines of the same examples, for trainers. */
  chat: z.record(z.enum(['train', 'validation']), DataRefSchema).optional(),
  /** Preference pairs of the train split as JSON lines, where the config asks for them. */
  preferences: DataRefSchema.optional(),
  /** What made it: config, judges' versions, teacher, the versions of Whetstone and of the document set. */
  madeBy: z.record(z.string(), z.unknown()),
});

const sum = (counts: Readonly<Record<string, number>>) => Object.values(counts).reduce((all, n) => all + n, 0);

/** Its sums hold: nothing that was generated, and no statement of the documents, is lost. */
export const DatasetManifestSchema = ManifestSchema.superRefine((manifest, context) => {
  const { generated, kept, rejected, unitsTotal, unitsCovered, unitsSkipped, skipped, splits } = manifest;
  const demand = (path: string, found: number, expected: number, what: string) => {
    if (found !== expected)
      context.addIssue({ code: 'custom', path: [path], message: `found ${found}, expected ${expected}: ${what}` });
  };
  demand('generated', generated, kept + sum(rejected), 'kept and rejected');
  demand('kept', kept, splits.train.rows + splits.validation.rows + splits.test.rows, 'rows of the splits');
  demand(
    'unitsTotal',
    unitsTotal,
    unitsCovered + sum(unitsSkipped),
    'units that gave a pair and those that were skipped',
  );
  demand('skipped', skipped.rows, sum(unitsSkipped), 'skipped units');
});

export type SplitName = z.infer<typeof SplitNameSchema>;
export type DatasetManifest = z.infer<typeof DatasetManifestSchema>;
