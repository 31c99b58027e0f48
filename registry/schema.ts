import { z } from 'zod';
import { DataRefSchema } from '../schema/data.ts';
import { MeasuredSchema, servedKey, type GateDecision, type Measured, type ServedAs } from '../schema/evaluation.ts';
import type { SignedDecision } from '../schema/identity.ts';
import { modelId, type ModelRef } from '../schema/model-ref.ts';
import type { OpenBook } from '../schema/retrieval.ts';
import type { GradingRow } from './grades/schema.ts';

/** What the registry keeps: what it gives back, and the tables that SQL holds (names in snake_case). */

/** An artifact by reference: uri and content hash in hex. */
export interface ArtifactRef {
  uri: string;
  sha256: string;
}

/** Kept as JSON, and so checked when it is read. */
export const SamplingSchema = z.strictObject({
  temperature: z.number().min(0).max(2),
  maxTokens: z.number().int().positive(),
});

/** What made a version, with the hashes to follow it by. Kept as JSON. */
export const MadeSchema = z.strictObject({
  configHash: z.string(),
  dataset: z.strictObject({ uri: z.string(), sha256: z.string() }),
  /** The documents' passages. */
  chunks: DataRefSchema.optional(),
  /** The documents, by id, hash and place. */
  documents: DataRefSchema.optional(),
  /** What the evaluation compared it with; null where nothing served. */
  incumbentVersion: z.number().int().nullable(),
  /** The candidate as its config has it: how it was trained. */
  candidate: z.record(z.string(), z.unknown()).optional(),
});

/** Where a version comes from that no run made. Kept as JSON. */
export const OriginSchema = z.strictObject({
  kind: z.enum(['folder', 'hub', 'hosted']),
  /** As it was named. */
  source: z.string(),
  /** What was mended, in words. */
  notes: z.array(z.string()).optional(),
  by: z.string(),
  why: z.string(),
  /** Of the workflow that registered it. */
  run: z.string(),
});

/** What an evaluation of a registered version was made with. Kept as JSON. */
export const EvaluatedAgainstSchema = z.strictObject({
  /** What the version's answers go by in it. */
  arm: z.string(),
  configHash: z.string(),
  against: z.strictObject({ model: z.string(), alias: z.string() }),
  /** What served there; null where nothing did. */
  incumbentVersion: z.number().int().nullable(),
  /** What an alias that never pointed at anything is first pointed at. */
  baseVersion: z.number().int(),
  measured: MeasuredSchema.optional(),
});

/** An evaluation of a version that was registered before. */
export interface VersionEvaluation {
  model: string;
  version: number;
  /** 1, 2, 3, ... within the version. */
  seq: number;
  /** Of the workflow that made it. */
  runId: string;
  evidence: ArtifactRef;
  gate: GateDecision;
  made: z.infer<typeof EvaluatedAgainstSchema>;
  at: string;
}

/** Who asked for a promotion by hand, and why; `override`: whatever the gate said. Kept as JSON. */
export const PromotionRequestSchema = z.strictObject({ by: z.string(), why: z.string(), override: z.boolean() });

/** What a run asks of its promotion beside what the alias's policy does: of two, the stricter counts. Kept as JSON. */
export const AskedOfRunSchema = z.strictObject({
  maxAge: z.string().optional(),
  p95LatencyMs: z.number().optional(),
  usdPer1000Answers: z.number().optional(),
});
export type AskedOfRun = z.infer<typeof AskedOfRunSchema>;

/** Who started the run that a promotion comes from, as far as it is known. Kept as JSON. */
export const StartedBySchema = z.strictObject({ by: z.string(), how: z.string() });

/** What answers, its system prompt, sampling and what it retrieves: promoted and rolled back as one. */
export interface ModelVersion {
  model: string;
  /** 1, 2, 3, ... within the model. */
  version: number;
  /** The candidate's name in its run, or `base` for the base model. */
  candidate: string;
  runId: string;
  base: string;
  /** What answers. */
  ref: ModelRef;
  systemPrompt: string;
  sampling: z.infer<typeof SamplingSchema>;
  /** Out of which documents it answers, and how; without, by itself. */
  openBook?: OpenBook | undefined;
  datasetVersion?: string | undefined;
  /** The evaluation that speaks for this version: its newest. */
  evidence?: ArtifactRef | undefined;
  /** What the gate said of it, whatever that was; missing in versions of before, and of a base. */
  gate?: GateDecision | undefined;
  made?: z.infer<typeof MadeSchema> | undefined;
  /** How its answers were, as its newest evaluation measured them; missing where it did not. */
  measured?: Measured | undefined;
  /** Where no run made it. */
  origin?: z.infer<typeof OriginSchema> | undefined;
  /** Its newest evaluation, where it was evaluated after it was registered. */
  evaluated?:
    | (VersionEvaluation['made'] &
        Pick<VersionEvaluation, 'seq' | 'runId' | 'at'> & {
          /** What it was registered with. */
          first: Pick<ModelVersion, 'evidence' | 'gate'>;
        })
    | undefined;
  createdAt: string;
  /** Set while the version is withdrawn: no alias moves to it until someone clears it. */
  blocked?: { by: string; why: string; at: string } | undefined;
}

/**
 * What an alias answers with: `stable` takes every request. A canary will stand beside it with its share of them, and the gateway's
 * router will be who chooses.
 */
export interface Deployment {
  stable: ModelVersion;
  /** What made it so. */
  move: AliasMove;
}

/** One row of an alias's append-only history. */
export interface AliasMove {
  model: string;
  alias: string;
  /** 1, 2, 3, ... within the model's alias. */
  seq: number;
  /** Null for an alias's first move. */
  fromVersion: number | null;
  /** Null where it serves nothing: it was taken down. */
  toVersion: number | null;
  kind: 'promote' | 'break-glass' | 'rollback' | 'bootstrap' | 'takedown';
  by: string;
  why: string;
  /** Makes a retry return the same move: the promotion's id, or the rollback request's. */
  requestId: string;
  at: string;
}

/** An alias that is pinned, a version that is archived, or the end of either. */
export interface Mark {
  model: string;
  subject: string;
  seq: number;
  action: 'pin' | 'unpin' | 'archive' | 'restore';
  by: string;
  why: string;
  at: string;
}

/** `superseded`: a newer promotion took its place, or another version serves than was expected. `held`: closed for any other reason. */
export type PromotionState = 'waiting' | 'approved' | 'rejected' | 'expired' | 'promoted' | 'superseded' | 'held';

/** A wish to move an alias to a version, with its evidence, and what people said to it. */
export interface Promotion {
  id: string;
  model: string;
  version: number;
  alias: string;
  /** What served when the candidate was evaluated: the move happens only while this still serves. */
  expectedVersion: number | null;
  /** Hash of the evaluation that approvers see. */
  evidenceSha256?: string | undefined;
  gateDecision?: 'promote' | 'hold' | 'reject' | undefined;
  /** The gate's, in words. */
  reasons: string[];
  approvalsNeeded: number;
  /** Where a person asked for it, and no run. */
  request?: z.infer<typeof PromotionRequestSchema> | undefined;
  /** What its run asks beside the policy. */
  asks?: AskedOfRun | undefined;
  startedBy?: z.infer<typeof StartedBySchema> | undefined;
  /** ISO 8601: when it is held if nobody has decided. */
  expiresAt?: string | undefined;
  state: PromotionState;
  /** When it was opened. */
  createdAt: string;
  /** When it was asked for: of a renewal, when the first one was. Missing in those of before. */
  askedAt?: string | undefined;
}

export interface Decision {
  promotionId: string;
  seq: number;
  /** `withdraw`: takes a request for changes back. `close`: it came to nothing, for the reason that `why` says. */
  decision: SignedDecision | 'expire' | 'close';
  by: string;
  why: string;
  /** `u:` and the id of the Update that carried it (without in rows of before), or one of the registry's own: sending one again is no second decision. */
  updateId: string;
  at: string;
  /** Of a `break-glass`: until when another person must have reviewed it. */
  reviewBy?: string | undefined;
}

/** How far one version of a judge agrees with people. A judge whose version changed is uncalibrated until it is measured again. */
export interface Calibration {
  judge: string;
  version: string;
  labels: number;
  labelsSha256: string;
  agreement: number;
  kappa: number;
  low: number;
  high: number;
  confidence: number;
  falsePositives: number;
  falseNegatives: number;
  humanPasses: number;
  by: string;
  at: string;
}

/** A version as it is served. */
export const servedAsOf = ({
  systemPrompt,
  sampling,
  openBook,
}: Pick<ModelVersion, 'systemPrompt' | 'sampling' | 'openBook'>): ServedAs => ({
  systemPrompt,
  ...sampling,
  ...(openBook && { openBook }),
});

/** What makes two versions the same. */
export const contentKey = (version: Pick<ModelVersion, 'ref' | 'systemPrompt' | 'sampling' | 'openBook'>): string =>
  `${modelId(version.ref)} ${servedKey(servedAsOf(version))}`;

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

/** An alias that serves nothing, and why. */
export class TakenDownError extends Error {
  constructor({ model, alias, by, why, at }: AliasMove) {
    super(`${model}@${alias} serves nothing: taken down by ${by} at ${at}: ${why}`);
    this.name = 'TakenDownError';
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
    /** JSON. */
    openBook: string | null;
    datasetVersion: string | null;
    evidenceUri: string | null;
    evidenceSha256: string | null;
    /** JSON. */
    gate: string | null;
    /** JSON. */
    made: string | null;
    /** JSON. */
    origin: string | null;
    /** JSON. */
    measured: string | null;
    createdAt: string;
  };
  evaluations: {
    model: string;
    version: number;
    seq: number;
    runId: string;
    evidenceUri: string;
    evidenceSha256: string;
    /** JSON. */
    gate: string;
    /** JSON. */
    made: string;
    at: string;
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
  marks: Mark;
  /** What others are told of, append-only; `data` is JSON. */
  outbox: {
    seq: number;
    id: string;
    type: string;
    model: string;
    alias: string | null;
    at: string;
    data: string;
  };
  /** How far each of them has been told, and who tells it now. Times are of the database's clock. */
  outboxSinks: {
    name: string;
    position: number;
    /** Of the event after the position, that failed. */
    attempts: number;
    failingSinceMs: number | null;
    nextMs: number;
    lastError: string | null;
    deliveredMs: number | null;
    disabledWhy: string | null;
    leaseOwner: string | null;
    leaseMs: number;
  };
  /** Events that could not be told, until somebody asks for them again. */
  outboxLetters: {
    sink: string;
    seq: number;
    state: 'dead' | 'again' | 'delivered';
    attempts: number;
    error: string;
    sinceMs: number;
  };
  /** A chain of hashes over a model's rows. */
  seals: { model: string; seq: number; subject: string; sha256: string; link: string };
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
    /** JSON. */
    request: string | null;
    /** JSON. */
    asks: string | null;
    /** JSON. */
    startedBy: string | null;
    expiresAt: string | null;
    state: PromotionState;
    createdAt: string;
    askedAt: string | null;
  };
  decisions: Omit<Decision, 'reviewBy'> & { reviewBy: string | null };
  signingKeys: {
    id: string;
    subject: string;
    /** JSON. */
    roles: string;
    publicKey: string;
    by: string;
    at: string;
    expiresAt: string | null;
  };
  /** `groups` is JSON. */
  accessKeys: {
    id: string;
    subject: string;
    groups: string;
    secretSha256: string;
    by: string;
    at: string;
    expiresAt: string | null;
  };
  accessKeyRevocations: { keyId: string; by: string; why: string; at: string };
  keyRevocations: { keyId: string; by: string; why: string; at: string };
  /** What proved a decision; `proof` is JSON. */
  decisionSignatures: { nonce: string; promotionId: string; seq: number; keyId: string; proof: string };
  calibrations: Calibration;
  gradings: GradingRow;
  /** The run that works on a model: one at a time. */
  runClaims: { model: string; namespace: string; workflowId: string; runId: string; at: string };
  /** Append-only. `madeOf` is JSON, `outcome` as the list of workflows shows it. */
  finishedRuns: { runId: string; model: string; workflowId: string; madeOf: string; outcome: string; at: string };
}

/** Those whose rows are history: sealed, and told to others. */
export type SealedTable =
  'versions' | 'versionBlocks' | 'aliasMoves' | 'promotions' | 'decisions' | 'marks' | 'evaluations' | 'gradings';
