import type { GradingRow } from '../grades/schema.ts';
import type { AliasMove, Mark } from './alias.ts';
import type { Calibration } from './calibration.ts';
import type { Decision, PromotionState } from './promotion.ts';

/** The tables that SQL holds: names in snake_case there. */

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
