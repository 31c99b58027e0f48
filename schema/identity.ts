import { z } from 'zod';

/** Who a person is, and what proves that a decision is theirs. */

/** What a key is for: see `MAY_SIGN`. */
export const ROLES = ['viewer', 'operator', 'approver', 'admin'] as const;
export type Role = (typeof ROLES)[number];

/** What people say to a promotion, and may sign. */
export const SIGNED_DECISIONS = ['approve', 'reject', 'request-changes', 'withdraw', 'break-glass', 'review'] as const;
export type SignedDecision = (typeof SIGNED_DECISIONS)[number];

const DECIDERS: readonly Role[] = ['approver', 'admin'];
/** Whose key counts for what. A viewer reads alone; an operator may keep an alias where it is, and decides nothing. */
export const MAY_SIGN: Readonly<Record<SignedDecision, readonly Role[]>> = {
  approve: DECIDERS,
  reject: DECIDERS,
  'request-changes': ['operator', ...DECIDERS],
  withdraw: ['operator', ...DECIDERS],
  'break-glass': DECIDERS,
  review: DECIDERS,
};

/** What proves a decision: all of it is signed, with the decision's `by` and `why`. No secret: it may be read by anybody. */
export const DecisionProofSchema = z.strictObject({
  promotion: z.string().min(1),
  decision: z.enum(SIGNED_DECISIONS),
  /** Hash of the evaluation that the signer decided by; null for a promotion without one. */
  evidence: z.string().min(1).nullable(),
  /** Id of the key that signed. */
  key: z.string().min(1),
  at: z.iso.datetime(),
  /** When it counts no more. */
  expires: z.iso.datetime(),
  /** Makes one decision of it: a second use is refused. */
  nonce: z.string().min(16).max(100),
  /** Ed25519, in base64; told by a pattern, for workflows have no atob. */
  signature: z.string().regex(/^[A-Za-z0-9+/]+={0,2}$/),
});
export type DecisionProof = z.infer<typeof DecisionProofSchema>;

/** What a person decides and signs. */
export interface Statement extends Omit<DecisionProof, 'signature'> {
  by: string;
  why: string;
}
