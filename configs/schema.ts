import { z } from 'zod';

/**
 * Every knob of a run, with its default. The smallest useful config is `name` and `documents`.
 * Unknown fields are errors, so that a typing mistake never silently means "default".
 */

/** Names that become part of ids, folders and URLs: lower case, digits and dashes. */
export const NameSchema = z
  .string()
  .regex(/^[a-z0-9][a-z0-9-]{0,62}$/, 'lower-case letters, digits and dashes, at most 63 characters');

const remoteModelFields = {
  model: z.string().min(1),
  /** Name of the environment variable that holds the key. The key itself is never written. */
  apiKeyEnv: z.string().min(1).optional(),
  temperature: z.number().min(0).max(2).default(0.7),
  maxTokens: z.number().int().positive().default(1024),
  /** Calls in flight at once. */
  concurrency: z.number().int().min(1).max(512).default(16),
  timeoutMs: z.number().int().positive().default(120_000),
};

export const BuiltinModelSchema = z.strictObject({ provider: z.literal('builtin') });

export const OpenAiModelSchema = z.strictObject({
  provider: z.literal('openai'),
  ...remoteModelFields,
  /** Any server that speaks the OpenAI protocol. Without one: OpenAI itself. */
  baseUrl: z.url().optional(),
});

export const HuggingFaceModelSchema = z.strictObject({
  provider: z.literal('huggingface'),
  ...remoteModelFields,
  /** An Inference Provider's name (`auto`, `together`, ...); ignored when endpointUrl is set. */
  inferenceProvider: z.string().min(1).default('auto'),
  /** An Inference Endpoint, or any TGI-like server. */
  endpointUrl: z.url().optional(),
});

export const RemoteModelSchema = z.discriminatedUnion('provider', [OpenAiModelSchema, HuggingFaceModelSchema]);
export const TeacherSchema = z.discriminatedUnion('provider', [
  BuiltinModelSchema,
  OpenAiModelSchema,
  HuggingFaceModelSchema,
]);

export const ChunkingSchema = z.strictObject({
  /** Budget of one chunk, in words and punctuation marks. */
  maxTokens: z.number().int().min(16).max(8192).default(160),
});

export const GenerationSchema = z.strictObject({
  /** Accepted examples wanted over all splits. */
  target: z.number().int().positive().default(1200),
  /** Phrasings of the question for each fact: all but the held-out ones are trained on. */
  phrasings: z.number().int().min(1).max(8).default(4),
  /** Chunks handled by one activity. */
  shardChunks: z.number().int().positive().default(24),
  /** Asked beyond the target, because judges will reject some: 0.3 asks for 30% more. */
  surplus: z.number().min(0).max(4).default(0.3),
});

/** A judge by name, or the LLM judge with its rubric and model. */
export const JudgeSchema = z.union([
  z.string().min(1),
  z.strictObject({
    judge: z.literal('llm'),
    /** A file of judges/rubrics, without its ending. */
    rubric: z.string().min(1),
    model: RemoteModelSchema,
  }),
]);

export const SplitSchema = z.strictObject({
  /** Share of facts whose extra phrasing goes to validation instead of train. */
  validationShare: z.number().min(0).max(0.5).default(0.05),
  /** Phrasings of each fact that training never sees. */
  heldOutPhrasings: z.number().int().min(0).default(1),
  /** Jaccard similarity of word shingles above which two wordings are near duplicates. */
  nearDuplicate: z.number().min(0.5).max(1).default(0.9),
});

export const CandidateSchema = z.strictObject({
  name: NameSchema,
  /** `tiny-llama` (made from the documents) or the id of a causal language model of the hub. */
  base: z.string().min(1).default('tiny-llama'),
  provider: z.enum(['trl']).default('trl'),
  method: z.enum(['sft']).default('sft'),
  maxSteps: z.number().int().positive().default(800),
  batchSize: z.number().int().positive().default(16),
  /** Peak learning rate. */
  learningRate: z.number().positive().default(2e-3),
  warmupSteps: z.number().int().min(0).default(20),
  /** Steps between checkpoints: what a crash can cost. */
  saveSteps: z.number().int().positive().default(100),
  maxSequenceTokens: z.number().int().positive().default(256),
  /** LoRA adapters instead of full weights. */
  lora: z
    .strictObject({
      rank: z.number().int().positive().default(16),
      alpha: z.number().positive().default(32),
      dropout: z.number().min(0).max(1).default(0.05),
    })
    .optional(),
});

export const EvaluationSchema = z.strictObject({
  /** `test` (the dataset's held-out split) or JSON-lines files of {question, answer, slice?}. */
  suites: z.array(z.string().min(1)).min(1).default(['test']),
  /** Metrics, each a judge of answers. */
  metrics: z.array(z.string().min(1)).min(1).default(['correctness', 'grounding', 'safety']),
  /** Questions of a suite beyond this are left out, whole facts at a time, by seed. */
  maxQuestions: z.number().int().positive().default(1000),
  /** Bootstrap resamples of each interval. */
  resamples: z.number().int().min(100).max(100_000).default(2000),
  /** Answers asked for at once. */
  concurrency: z.number().int().min(1).max(256).default(8),
});

export const GuardrailSchema = z.strictObject({
  metric: z.string().min(1),
  /** The metric's lower bound may be at most this far below zero. */
  maxDrop: z.number().min(0).max(1).default(0),
});

export const GateSchema = z.strictObject({
  suite: z.string().min(1).default('test'),
  metric: z.string().min(1).default('correctness'),
  minUplift: z.number().min(0).max(1).default(0.05),
  confidence: z.number().gt(0.5).lt(1).default(0.95),
  guardrails: z.array(GuardrailSchema).default([{ metric: 'safety', maxDrop: 0 }]),
});

export const PromoteSchema = z.strictObject({
  alias: NameSchema.default('production'),
  /** Approvals asked beyond what the alias's policy asks: a run may only ask for more. */
  approvals: z.number().int().min(0).max(10).default(0),
  /** How long a promotion waits for people before it expires to hold. */
  expiresAfterHours: z
    .number()
    .positive()
    .max(24 * 90)
    .default(72),
});

/** What is promoted with the weights: one model version has one system prompt and one way of sampling. */
export const ServingSchema = z.strictObject({
  systemPrompt: z.string().default(''),
  temperature: z.number().min(0).max(2).default(0),
  maxTokens: z.number().int().positive().default(96),
});

const defaulted = <T extends z.ZodType>(schema: T) => schema.prefault({} as z.input<T>);

export const RunConfigSchema = z.strictObject({
  name: NameSchema,
  documents: z.union([z.string().min(1), z.array(z.string().min(1)).min(1)]),
  seed: z.number().int().min(0).default(17),
  chunking: defaulted(ChunkingSchema),
  teacher: TeacherSchema.default({ provider: 'builtin' }),
  generation: defaulted(GenerationSchema),
  judges: z.array(JudgeSchema).min(1).default(['grounded', 'answerable', 'well-formed', 'safe']),
  split: defaulted(SplitSchema),
  candidates: z
    .array(CandidateSchema)
    .min(1)
    .default(() => [CandidateSchema.parse({ name: 'tiny-sft' })]),
  serving: defaulted(ServingSchema),
  evaluation: defaulted(EvaluationSchema),
  gate: defaulted(GateSchema),
  promote: defaulted(PromoteSchema),
});

/** The policy of each alias: configs/stages.yaml, read by the worker, never by a run. */
export const StagePolicySchema = z.strictObject({
  description: z.string().default(''),
  /** People who must approve before the alias moves. */
  approvals: z.number().int().min(0).max(10).default(0),
  /** Evidence that a move must carry. */
  evidence: z.array(z.enum(['evaluation', 'gate-promote'])).default(['evaluation', 'gate-promote']),
});
export const StagesSchema = z.strictObject({ aliases: z.record(NameSchema, StagePolicySchema) });

export type RunConfig = z.output<typeof RunConfigSchema>;
export type RunConfigInput = z.input<typeof RunConfigSchema>;
export type ModelSpec = z.output<typeof TeacherSchema>;
export type RemoteModelSpec = z.output<typeof RemoteModelSchema>;
export type OpenAiModelSpec = z.output<typeof OpenAiModelSchema>;
export type HuggingFaceModelSpec = z.output<typeof HuggingFaceModelSchema>;
export type JudgeSpec = z.output<typeof JudgeSchema>;
export type CandidateConfig = z.output<typeof CandidateSchema>;
export type EvaluationConfig = z.output<typeof EvaluationSchema>;
export type GateConfig = z.output<typeof GateSchema>;
export type ServingConfig = z.output<typeof ServingSchema>;
export type SplitConfig = z.output<typeof SplitSchema>;
export type StagePolicy = z.output<typeof StagePolicySchema>;
export type Stages = z.output<typeof StagesSchema>;
