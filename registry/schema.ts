import { z } from 'zod';
import { ModelRefSchema } from '../schema/model-ref.ts';

/** What the registry keeps. Zod schemas are what it gives back; table types are what SQL holds. */

/** An artifact by reference: uri and content hash in hex. */
export const ArtifactRefSchema = z.strictObject({ uri: z.string().min(1), sha256: z.string().min(1) });

export const SamplingSchema = z.strictObject({
  temperature: z.number().min(0).max(2),
  maxTokens: z.number().int().positive(),
});

export const BlockSchema = z.strictObject({ by: z.string(), why: z.string(), at: z.string() });

/** A model, system prompt and sampling: promoted and rolled back as one. */
export const ModelVersionSchema = z.strictObject({
  model: z.string().min(1),
  /** 1, 2, 3, ... within the model. */
  version: z.number().int().positive(),
  /** The candidate's name in its run, or `base` for the base model. */
  candidate: z.string().min(1),
  runId: z.string().min(1),
  base: z.string().min(1),
  /** What answers. */
  ref: ModelRefSchema,
  systemPrompt: z.string(),
  sampling: SamplingSchema,
  datasetVersion: z.string().optional(),
  /** The evaluation that speaks for this version. */
  evidence: ArtifactRefSchema.optional(),
  createdAt: z.string(),
  /** Set while the version is withdrawn: no alias moves to it until someone clears it. */
  blocked: BlockSchema.optional(),
});

export const MoveKindSchema = z.enum(['promote', 'rollback', 'bootstrap']);

/** One row of an alias's append-only history. */
export const AliasMoveSchema = z.strictObject({
  model: z.string(),
  alias: z.string(),
  /** 1, 2, 3, ... within the model's alias. */
  seq: z.number().int().positive(),
  /** Null for an alias's first move. */
  fromVersion: z.number().int().nullable(),
  toVersion: z.number().int(),
  kind: MoveKindSchema,
  by: z.string(),
  why: z.string(),
  /** Makes a retry return the same move: the promotion's id, or the rollback request's. */
  requestId: z.string(),
  at: z.string(),
});

/** `superseded`: another version serves than was expected. `held`: closed for any other reason. */
export const PromotionStateSchema = z.enum([
  'waiting',
  'approved',
  'rejected',
  'expired',
  'promoted',
  'superseded',
  'held',
]);

/** A wish to move an alias to a version, with its evidence, and what people said to it. */
export const PromotionSchema = z.strictObject({
  id: z.string().min(1),
  model: z.string(),
  version: z.number().int().positive(),
  alias: z.string(),
  /** What served when the candidate was evaluated: the move happens only while this still serves. */
  expectedVersion: z.number().int().nullable(),
  /** Hash of the evaluation that approvers see. */
  evidenceSha256: z.string().optional(),
  gateDecision: z.enum(['promote', 'hold', 'reject']).optional(),
  /** The gate's, in words. */
  reasons: z.array(z.string()),
  approvalsNeeded: z.number().int().min(0),
  state: PromotionStateSchema,
  createdAt: z.string(),
});

export const DecisionSchema = z.strictObject({
  promotionId: z.string(),
  seq: z.number().int().positive(),
  /** `close`: it came to nothing, for the reason that `why` says. */
  decision: z.enum(['approve', 'reject', 'expire', 'close']),
  by: z.string(),
  why: z.string(),
  /** Id of the Update that carried it: sending one again is no second decision. */
  updateId: z.string(),
  at: z.string(),
});

/** How far one version of a judge agrees with people. A judge whose version changed is uncalibrated until it is measured again. */
export const CalibrationSchema = z.strictObject({
  judge: z.string().min(1),
  version: z.string().min(1),
  labels: z.number().int().positive(),
  labelsSha256: z.string(),
  agreement: z.number(),
  kappa: z.number(),
  low: z.number(),
  high: z.number(),
  confidence: z.number(),
  falsePositives: z.number().int(),
  falseNegatives: z.number().int(),
  humanPasses: z.number().int(),
  by: z.string(),
  at: z.string(),
});

export type Calibration = z.infer<typeof CalibrationSchema>;
export type ArtifactRef = z.infer<typeof ArtifactRefSchema>;
export type ModelVersion = z.infer<typeof ModelVersionSchema>;
export type AliasMove = z.infer<typeof AliasMoveSchema>;
export type Promotion = z.infer<typeof PromotionSchema>;
export type PromotionState = z.infer<typeof PromotionStateSchema>;
export type Decision = z.infer<typeof DecisionSchema>;

/** A model with what its aliases point at. */
export interface ModelSummary {
  name: string;
  versions: number;
  /** Version by alias. */
  aliases: Record<string, number>;
}

/** A model, version, alias or promotion that the registry does not have. The message names what it has. */
export class NotInRegistryError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'NotInRegistryError';
  }
}

export interface RegistryTables {
  /** `revision` is written first in every transaction: its row lock makes the writers of one model take turns. */
  models: { name: string; revision: number };
  versions: {
    model: string;
    version: number;
    candidate: string;
    runId: string;
    base: string;
    /** Where the model is, and what makes it the same: of weights, their hash. */
    weightsUri: string;
    weightsSha256: string;
    systemPrompt: string;
    /** JSON. */
    sampling: string;
    datasetVersion: string | null;
    evidenceUri: string | null;
    evidenceSha256: string | null;
    createdAt: string;
  };
  /** Append-only: a version is blocked while its last row says so. */
  versionBlocks: {
    model: string;
    version: number;
    seq: number;
    action: 'block' | 'clear';
    by: string;
    why: string;
    at: string;
  };
  aliasMoves: AliasMove;
  promotions: {
    id: string;
    model: string;
    version: number;
    alias: string;
    expectedVersion: number | null;
    evidenceSha256: string | null;
    gateDecision: 'promote' | 'hold' | 'reject' | null;
    /** JSON. */
    reasons: string;
    approvalsNeeded: number;
    state: PromotionState;
    createdAt: string;
  };
  decisions: Decision;
  calibrations: Calibration;
}
