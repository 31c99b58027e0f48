import { z } from 'zod';
import { NameSchema } from '../configs/name-schema.ts';
import type { ImproveResult } from './messages.ts';
import type { Evaluation, GateDecision } from '../schema/evaluation.ts';

/** What crosses the wire to the workflows on registered versions. */

export const EvaluateInputSchema = z.strictObject({
  /** `name@v3`, or `name@staging` for what an alias serves. */
  version: z.string().trim().min(1),
  /** Files of questions, or `test`; without, what its last evaluation asked. */
  suites: z.array(z.string().trim().min(1)).min(1).optional(),
  /** A config whose evaluation and gate settings count; without, those of its last evaluation. */
  config: z.union([z.string().min(1), z.record(z.string(), z.unknown())]).optional(),
  /** `name@alias`, what to compare with; without, what serves where it would be promoted to. */
  against: z.string().trim().min(1).optional(),
  /** Ask the models again for what was paid for before. */
  fresh: z.boolean().default(false),
  /** Set by a promotion that goes on with it, under this id: its page is of that, with a blind sample to grade. */
  renews: z
    .strictObject({
      promotion: z.string().min(1),
      approvals: z.number().int().min(0),
      expiresAfterMs: z.number().positive(),
      /** Goes on whatever the gate says. */
      override: z.boolean(),
    })
    .optional(),
});
export const EVALUATE_EXAMPLE =
  '{"version": "womens-health@v2", "suites": ["test", "datasets/samples/womens-health/golden.jsonl"]}';

/** What `evaluateVersion` comes to. */
export interface EvaluateResult extends Pick<ImproveResult, 'runId' | 'ledger' | 'seconds' | 'failures'> {
  model: string;
  version: number;
  /** Which of the version's evaluations it is. */
  seq: number;
  config: string;
  configHash: string;
  evaluation: Evaluation;
  gate: GateDecision;
  against: { model: string; alias: string };
  incumbentVersion: number | null;
  baseVersion: number;
  evidence: { evaluation: string; uri: string; rows: number };
  page?: { uri: string; sha256: string; link: string; brief: string };
  /** The closing table, in markdown. */
  table: string;
}

/** A model that was made elsewhere, or what a version of ours is otherwise: exactly one of `folder`, `hub`, `hosted` and `like`. */
export const RegisterInputSchema = z
  .strictObject({
    /** Its name in the registry: a new one, or one that has versions. */
    model: NameSchema,
    /** A folder of weights with config and tokenizer, or a .gguf file, on a machine that trains. */
    folder: z.string().trim().min(1).optional(),
    /** `owner/name`, or `owner/name@revision`. */
    hub: z
      .string()
      .regex(
        /^[\w.-]+\/[\w.-]+(@[\w./-]+)?$/,
        'expected the id of a model of the hub: owner/name, or owner/name@revision',
      )
      .optional(),
    /** `provider/model`, the provider as configs/hosted.yaml names it. */
    hosted: z
      .string()
      .regex(/^[^/\s]+\/\S+$/, 'expected provider/model, the provider as configs/hosted.yaml names it')
      .optional(),
    /** `name@v3`, or `name@staging`: its model, documents and way to serve, but for what is said here. */
    like: z.string().trim().min(1).optional(),
    /** Quotes so many sentences of its documents, in place of asking its model. */
    quote: z.number().int().min(1).max(10).optional(),
    /** Asks its model under another prompt: a program that dspy saved, or a file of instructions. */
    prompt: z.string().trim().min(1).optional(),
    /** Without these: as it is `like`, else none, 0 and 96. */
    systemPrompt: z.string().optional(),
    temperature: z.number().min(0).max(2).optional(),
    maxTokens: z.number().int().positive().optional(),
    by: z.string().trim().min(1),
    why: z.string().trim().min(1),
  })
  .refine(
    ({ folder, hub, hosted, like }) => [folder, hub, hosted, like].filter((one) => one !== undefined).length === 1,
    { message: 'expected exactly one of folder, hub, hosted and like' },
  )
  .refine(({ like, quote, prompt }) => like !== undefined || (quote === undefined && prompt === undefined), {
    message: 'expected `like` with quote or prompt: a version whose documents answers are given from',
  })
  .refine(
    ({ quote, prompt, systemPrompt, temperature, maxTokens }) => {
      const ofModel = [prompt, systemPrompt, temperature, maxTokens].some((one) => one !== undefined);
      return (quote === undefined || !ofModel) && (prompt === undefined || systemPrompt === undefined);
    },
    {
      message:
        'expected quote alone, or a prompt without systemPrompt: what quotes asks no model, and a prompt has one',
    },
  )
  .refine(
    ({ like, quote, prompt, systemPrompt, temperature, maxTokens }) =>
      like === undefined || [quote, prompt, systemPrompt, temperature, maxTokens].some((one) => one !== undefined),
    { message: 'expected quote, prompt, systemPrompt, temperature or maxTokens with `like`: else it is that version' },
  );
export const REGISTER_EXAMPLE =
  '{"model": "womens-health", "folder": "models/made-elsewhere", "by": "your name", "why": "the reason"}';

/** What `registerModel` comes to. */
export interface RegisterResult {
  model: string;
  version: number;
  /** False where the same model was registered before, asked in the same way: nothing was written. */
  isNew: boolean;
  uri: string;
  sha256: string;
  /** What of its tokenizer and template was mended, in words. */
  notes: string[];
}

/** One open registration for each model and input. */
export const registerId = (options: { model: string; inputHash: string }) =>
  `register/${options.model}/${options.inputHash.slice(0, 8)}`;

export type RegisterInput = z.input<typeof RegisterInputSchema>;
export type EvaluateInput = z.input<typeof EvaluateInputSchema>;

/** One open evaluation for each version and input: a second start of the same joins the first. */
export const evaluateId = (options: { model: string; version: string; inputHash: string }) =>
  `evaluate/${options.model}/${options.version}/${options.inputHash.slice(0, 8)}`;

export { parseModelName } from '../schema/model-name.ts';
