import { z } from 'zod';
import type { SignedDecision } from '../../schema/identity.ts';

/** Wishes to move an alias, and what was said to them. */

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
