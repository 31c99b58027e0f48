import { z } from 'zod';
import { CandidateSchema, withBases } from './candidates/candidate-schema.ts';
import { EvaluationConfigSchema, GateSchema } from './evaluation-schema.ts';
import { FiltersSchema, LicencesSchema } from './filter-schema.ts';
import { ChunkingSchema, GenerationSchema, SplitSchema } from './generation-schema.ts';
import { ImportSchema } from './import-schema.ts';
import { JudgeSchema } from './judge-schema.ts';
import { positiveInteger, TeacherSchema, text } from './model-schema.ts';
import { NameSchema } from './name-schema.ts';
import { SqlSourceSchema } from './sources-schema.ts';
import { RetrievalSchema } from './retrieval-schema.ts';
import { AskedConstraintsSchema, DurationSchema } from './stages/stage-schema.ts';

/**
 * Every knob of a run, with its default and its meaning, which docs/config.md is made from. The smallest useful config is
 * `name` and `documents`.
 * Unknown fields are errors, so that a typing mistake never silently means "default".
 */

const SERVER_RULE = "a server's scheme and host, such as https://api.example.com; * stands for any part of a host name";

export const PromoteSchema = z.strictObject({
  alias: NameSchema.default('production').describe(
    'The alias that moves to the winner; declared in configs/stages.yaml.',
  ),
  approvals: z
    .number()
    .int()
    .min(0)
    .max(10)
    .default(0)
    .describe("Approvals asked, where that is more than the alias's policy asks: a run may only ask for more."),
  maxAge: DurationSchema.optional().describe("How old the evaluation may be, where the alias's policy asks for less."),
  constraints: AskedConstraintsSchema.optional().describe(
    "What is asked of the winner, where the alias's policy asks for less.",
  ),
  expiresAfterHours: z
    .number()
    .positive()
    .max(24 * 90)
    .default(72)
    .describe('Hours that a promotion waits for people before it expires to hold.'),
});

export const BudgetSchema = z.strictObject({
  usd: z
    .number()
    .positive()
    .optional()
    .describe("US dollars that the run's model calls may cost, at the `prices` of the models."),
  tokens: positiveInteger.optional().describe("Tokens, in and out, that the run's model calls may use."),
});

export const LimitsSchema = z.strictObject({
  maxFailed: z
    .number()
    .min(0)
    .max(1)
    .default(0.05)
    .describe(
      'Share of the passages, pairs or answers of a stage that may fail (by an error, a refusal, a content filter, a length); above it the run stops and names them. One failure alone never stops a run.',
    ),
});

/** What is promoted with the weights: one model version has one system prompt and one way of sampling. */
export const ServingSchema = z.strictObject({
  systemPrompt: z
    .string()
    .refine((prompt) => prompt.isWellFormed() && !prompt.includes('\0'), {
      error: 'found half a character or U+0000, which no file to train on can hold; write it as text',
    })
    .default('')
    .describe('Goes before every conversation that has no system message, in training too.'),
  temperature: z.number().min(0).max(2).default(0).describe('Sampling temperature where a request names none.'),
  maxTokens: positiveInteger.default(96).describe('Longest answer where a request names none.'),
});

const defaulted = <T extends z.ZodType>(schema: T) => schema.prefault({} as z.input<T>);

export const RunConfigSchema = z.strictObject({
  name: NameSchema.describe("The model's name in the registry, and what clients ask the gateway for."),
  documents: z
    .union([text, z.array(z.union([text, SqlSourceSchema])).min(1)])
    .describe(
      "A folder or glob of documents (Markdown, text, HTML, PDF, DOCX, PPTX, XLSX, EPUB; CSV and JSON lines where they are named), or a list of them, relative to the project's root; or what configs/sources.yaml allows: `s3://BUCKET/PREFIX`, `git+https://HOST/REPOSITORY@REVISION//FOLDER`, `hf://datasets/OWNER/NAME`, the address of a page or sitemap, or a query of a database.",
    ),
  seed: z.number().int().min(0).default(17).describe('Seed of everything random: the same seed gives the same run.'),
  chunking: defaulted(ChunkingSchema).describe('How documents are cut into passages.'),
  teacher: TeacherSchema.default({ provider: 'builtin' }).describe('Who writes the questions and answers.'),
  budget: defaulted(BudgetSchema).describe('What the run may pay. At the cap it waits until somebody raises it.'),
  limits: defaulted(LimitsSchema).describe('What a run puts up with.'),
  generation: defaulted(GenerationSchema).describe('How many questions and answers are made.'),
  imports: z.array(ImportSchema).default([]).describe('Pairs of your own, beside those that a teacher writes.'),
  judges: z
    .array(JudgeSchema)
    .min(1)
    .prefault(['grounded', 'answerable', 'abstains', 'well-formed', 'gives-away', 'safe'])
    .meta({ names: 'judges' })
    .describe('Each can reject a pair. A judge by name, or one with settings.'),
  filters: defaulted(FiltersSchema).describe('What may not come into the dataset, whoever wrote it.'),
  licences: defaulted(LicencesSchema).describe('Which licences the run may rest on; without lists, any.'),
  split: defaulted(SplitSchema).describe('How examples become train, validation and test.'),
  candidates: z
    .array(CandidateSchema)
    .min(1)
    .overwrite(withBases)
    .prefault([{ name: 'tiny-sft' }])
    .describe('What is trained; the gate picks the best.'),
  serving: defaulted(ServingSchema).describe('What is promoted with the weights.'),
  retrieval: RetrievalSchema.optional().describe(
    "The open book: answers are given from the documents' own passages. Without it, models answer from their weights alone.",
  ),
  evaluation: defaulted(EvaluationConfigSchema).describe('What the candidates are asked, and how they are measured.'),
  gate: defaulted(GateSchema).describe('When a candidate may replace what serves.'),
  promote: defaulted(PromoteSchema).describe('Where the winner goes.'),
});

/** Which servers a key may be sent to: configs/keys.yaml, read by the worker, never by a run. */
export const KeysSchema = z.strictObject({
  keys: z
    .record(
      text,
      z.array(
        z
          .string()
          .regex(/^https?:\/\/[\w*.-]+(:\d+)?$/, SERVER_RULE)
          .meta({ expected: SERVER_RULE }),
      ),
    )
    .describe('By environment variable: the servers that its key may be sent to.'),
});

export * from './base-schema.ts';
export * from './candidates/candidate-schema.ts';
export * from './evaluation-schema.ts';
export * from './filter-schema.ts';
export * from './generation-schema.ts';
export * from './import-schema.ts';
export * from './judge-schema.ts';
export * from './model-schema.ts';
export * from './preference-schema.ts';
export * from './prompts/prompt-schema.ts';
export * from './name-schema.ts';
export * from './candidates/recipe-schema.ts';
export * from './retrieval-schema.ts';
export * from './stages/stage-schema.ts';
export type RunConfig = z.output<typeof RunConfigSchema>;
export type RunConfigInput = z.input<typeof RunConfigSchema>;
export type KeyPolicy = z.output<typeof KeysSchema>['keys'];
