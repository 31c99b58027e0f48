import { z } from 'zod';
import { EvaluationSchema, GateDecisionSchema } from '../../schema/evaluation.ts';
import type { NotDone } from '../runs/run-stages.ts';

/** What a run comes to; the JSON report is made from it. */
export const ImproveResultSchema = z.strictObject({
  runId: z.string(),
  config: z.string(),
  configHash: z.string(),
  model: z.string(),
  dataset: z.strictObject({
    uri: z.string(),
    version: z.string(),
    sha256: z.string(),
    generated: z.number().int(),
    kept: z.number().int(),
    rejected: z.record(z.string(), z.number().int()),
    /** Examples that the target lacks, where a teacher was to meet it. */
    missing: z.number().int().optional(),
    /** Sentences, list items and table rows of the documents, and those that gave a pair. */
    statements: z.strictObject({ total: z.number().int(), covered: z.number().int() }).optional(),
    warnings: z.array(z.string()).optional(),
  }),
  candidates: z.array(
    z.strictObject({
      name: z.string(),
      modelUri: z.string(),
      modelSha256: z.string(),
      trainSeconds: z.number(),
      finalLoss: z.number().optional(),
      /** In the registry. */
      version: z.number().int().optional(),
    }),
  ),
  evaluation: EvaluationSchema,
  gate: GateDecisionSchema,
  /** Of the gate's reasons, those that kept the candidate from being promoted. */
  faults: z.array(z.string()).optional(),
  /** The run's other candidates, and which of the gate's reasons kept each; none where one passed, and the chosen one is better. */
  notChosen: z
    .array(
      z.strictObject({
        candidate: z.string(),
        decision: GateDecisionSchema.shape.decision,
        faults: z.array(z.string()),
      }),
    )
    .optional(),
  /** One question of the gate's suite, answered by a candidate and its base, and what of the documents it was given from. */
  sample: z
    .strictObject({
      question: z.string(),
      reference: z.string(),
      base: z.string(),
      tuned: z.string(),
      candidate: z.string().optional(),
      source: z.strictObject({ title: z.string(), place: z.string().optional(), text: z.string() }).optional(),
    })
    .nullable(),
  /** The promotion that was started, when the gate said promote. */
  promotion: z.strictObject({ workflowId: z.string(), version: z.number().int() }).nullable(),
  /** The evaluation's hash, and its page: where a person finds it is an address, or a command. */
  evidence: z
    .strictObject({ evaluation: z.string(), uri: z.string(), sha256: z.string(), link: z.string() })
    .optional(),
  ledger: z.strictObject({
    hits: z.number().int(),
    misses: z.number().int(),
    tokens: z.number().int(),
    costUsd: z.number(),
  }),
  seconds: z.record(z.string(), z.number()),
  /** What failed and was left out, in words. */
  failures: z.array(z.string()).optional(),
});
export type ImproveResult = z.infer<typeof ImproveResultSchema>;

/** What `improveModel` comes to. */
export type ImproveEnd = ImproveResult | NotDone;

/** What `buildDataset` comes to. */
export type DatasetBuilt = Pick<
  ImproveResult,
  'runId' | 'config' | 'model' | 'dataset' | 'ledger' | 'seconds' | 'failures'
> & {
  documents: number;
  chunks: number;
};
