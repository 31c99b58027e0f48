import type { RunConfig } from '../configs/schema.ts';
import type { DataRef } from '../schema/data.ts';
import type { Evaluation, GateDecision, ServedAs, SuiteRef } from '../schema/evaluation.ts';
import type { DecisionProof, SignedDecision } from '../schema/identity.ts';
import type { ModelRef } from '../schema/model-ref.ts';
import type { DatasetResult } from './dataset-stages.ts';
import type { PromoteInput } from './messages.ts';
import type { TrainedModel } from './model-stages.ts';

/** What the activities that register and promote take and return. */

export interface Incumbent {
  version: number;
  model: ModelRef;
  servedAs?: ServedAs;
  /** What it was made of; not of a base, nor of what was made elsewhere. */
  made?: { chunks?: DataRef; documents?: DataRef };
  /** What it learnt from. */
  dataset?: { uri: string };
}

export interface RegisterInput {
  runId: string;
  config: RunConfig;
  configHash: string;
  base: ModelRef;
  /** `servedAs`: where that is not the config's `serving`. */
  candidate: { name: string; trained: TrainedModel; servedAs?: ServedAs };
  dataset: DatasetResult;
  /** The documents' passages, and the documents by id and hash. */
  chunks?: DataRef;
  documents?: DataRef;
  evaluation: Evaluation;
  gate: GateDecision;
  evidence: DataRef;
  incumbentVersion: number | null;
}

/** What else an approver should know, out of registry and policies. */
export interface GateReading {
  /** How far judges agree with people, as far as it was measured. */
  agreements: { judge: string; version: string; kappa: number; labels: number }[];
  /** Approvals that the alias's policy asks at least. */
  approvals: number;
  /** Whether it lets only signed decisions count. */
  signed?: boolean;
}

/** What a page of evidence is made of. */
export interface EvidenceInput {
  runId: string;
  config: RunConfig;
  suites: SuiteRef[];
  evaluation: Evaluation;
  evidence: DataRef;
  gate: GateDecision;
  incumbentVersion: number | null;
  reading?: GateReading | undefined;
  trainSeconds?: number | undefined;
  /** What the candidate learnt from, and what the version learnt from that serves now. */
  datasets?: { before?: { uri: string } | undefined; after: { uri: string } };
  /** The promotion that waits for a decision on it; what its config says counts, where this does not. */
  promotion?: { id: string; version: number; approvals?: number; expiresAfterHours?: number };
}

/** The page, where it is found (an address, or a command), and its short form in markdown. */
export interface EvidenceResult {
  page: DataRef;
  link: string;
  brief: string;
}

/** What a promotion was started with, but for what only its workflow and people need. */
export type OpenPromotionInput = Omit<PromoteInput, 'expiresAfterMs' | 'summary' | 'page' | 'requestedBy'> & {
  promotionId: string;
  /** Missing in what workflows of before ask. */
  expiresAfterMs?: number;
  /** ISO 8601: when it was asked for, as the server has it. Missing, too, in what workflows of before ask. */
  askedAt?: string;
};

/** What a promotion needs. */
export interface PromotionOpened {
  approvalsNeeded: number;
  /** Whether only signed decisions count. */
  signed?: true;
  /** When it says again that it waits; missing for the usual. */
  remind?: string[];
  /** Where the alias's policy asks for no evaluation: one that is stale is not made anew. */
  evaluation?: false;
  /** Why it can come to nothing: it is closed already. */
  held?: string;
  /** Which newer one is open, in words: it is closed already. */
  superseded?: string;
  /** Who rejected the same version before, for the same alias: a line each, the newest first. */
  rejected?: string[];
  /** How the same version was withdrawn, taken down or rolled back from before, and cleared: a line each, the oldest first. */
  past?: string[];
  /** Who may move its alias past its rule, in words, and whether that and its review must be signed. */
  breakGlass?: { who: string; signed: boolean };
  /** Older promotions of the alias that it put an end to: their workflows are told. */
  supersedes?: string[];
}

/** Where a promotion stands in the registry, which is the truth. */
export interface PromotionSettled {
  state: 'open' | 'superseded' | 'held' | 'rejected' | 'promoted';
  /** What settled it, in words. */
  why: string;
}

export type PromoteVersionInput = Pick<
  PromoteInput,
  'model' | 'version' | 'alias' | 'incumbentVersion' | 'baseVersion'
> & { promotionId: string; by: string; why: string };

export type PromoteVersionResult =
  { status: 'moved'; version: number } | { status: 'conflict' | 'blocked' | 'refused'; reason: string };

export interface RecordDecisionInput {
  promotionId: string;
  updateId: string;
  decision: Exclude<SignedDecision, 'review'> | 'expire';
  by: string;
  why: string;
  /** ISO 8601: when the workflow took it. One that is written later, because a worker was away, counts as of then. */
  receivedAt?: string;
  /** What proves it. */
  proof?: DecisionProof;
}

/** What a promotion has come to with a decision; results of before say only that it was recorded. */
export type RecordDecisionResult =
  | {
      status: 'recorded';
      /** Its number within the promotion. */
      seq?: number;
      /** Whether the alias is to move now. */
      moves?: boolean;
      approvals?: number;
      approvalsNeeded?: number;
      /** Who asks for changes: the alias stays until they approve or withdraw that. */
      requests?: { by: string; why: string }[];
      /** Who asked for changes until now, which an admin put an end to. */
      setsAside?: { by: string; why: string }[];
      /** Of a move past the rules: until when another person must review it. */
      reviewBy?: string;
    }
  | { status: 'refused'; message: string };

export interface RecordReviewInput {
  /** Of the workflow that asks: asked again, it is the same review. */
  requestId: string;
  promotionId: string;
  by: string;
  why: string;
  /** ISO 8601: when the server took it. A signature counts as of then. */
  receivedAt: string;
  proof?: DecisionProof;
}

/** The move past the rules that was reviewed. */
export interface ReviewedMove {
  model: string;
  alias: string;
  version: number;
}
