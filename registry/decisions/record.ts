import { samePerson } from '../../contract/people.ts';
import { signCommand } from '../../contract/promotions/commands.ts';
import type { DecisionProof, Role, SignedDecision } from '../../schema/identity.ts';
import { transaction } from '../../sql/transaction.ts';
import { keepProof, keysOfDecisions, verifyDecision } from '../identity/verify.ts';
import { asksAndApproves, needsProof, policyRoles } from '../overrides.ts';
import { getPromotion, listDecisions } from '../promotions.ts';
import { breakGlassLack, reviewBy } from '../rules/break-glass.ts';
import { lackText } from '../rules/lack.ts';
import type { Policies } from '../rules/policies.ts';
import type { Decision, Promotion, PromotionState } from '../schema.ts';
import { lockModel, type Db } from '../versions.ts';
import { appendDecision, isPersonsId, personsId, settlePromotion } from './closing.ts';
import { asksForChanges, setAsideBy, standingOf, type Standing } from './standing.ts';

export type NewDecision = Omit<Decision, 'seq' | 'reviewBy' | 'decision'> & {
  decision: Exclude<SignedDecision, 'review'> | 'expire';
  proof?: DecisionProof | undefined;
  /** ISO 8601: when the promotion's workflow took it, which may be before it can be written; without, it came `at`. */
  receivedAt?: string | undefined;
};

export type DecisionResult =
  /** `state` is what the promotion has come to: `waiting` while approvals are asked, or changes are. */
  | {
      status: 'recorded';
      decision: Decision;
      state: PromotionState;
      approvals: number;
      approvalsNeeded: number;
      /** Requests for changes that keep the alias where it is. */
      requests: Decision[];
      /** Of others, which this put an end to: an admin may. */
      setsAside: Decision[];
    }
  /** Nothing was changed; `message` says why. */
  | { status: 'refused'; state: PromotionState; message: string };

/**
 * Records what a person (or the clock) said. A reject or an expiry settles the promotion, as does the last approval asked while nobody asks
 * for changes; what comes after is refused, and so is what a person says once the promotion has expired. The same update id again is no second
 * decision. A proof must be right, and is asked where the alias's policy asks for it.
 */
export async function recordDecision(
  db: Db,
  { proof, receivedAt, ...input }: NewDecision,
  policies: Policies,
): Promise<DecisionResult> {
  const { model } = await getPromotion(db, input.promotionId);
  return transaction(db, async (trx) => {
    await lockModel(trx, model);
    const promotion = await getPromotion(trx, input.promotionId);
    const decisions = await listDecisions(trx, input.promotionId);
    const before = await keysOfDecisions(trx, promotion.id);
    const policy = policies[promotion.alias];
    const recorded = (
      decision: Decision,
      standing: Standing<Decision>,
      state: PromotionState,
      setsAside: Decision[],
    ): DecisionResult => ({
      status: 'recorded',
      decision,
      state,
      approvals: standing.approvals.length,
      approvalsNeeded: promotion.approvalsNeeded,
      requests: standing.requests,
      setsAside,
    });
    const refused = (message: string): DecisionResult => ({
      status: 'refused',
      state: promotion.state,
      message: `promotion ${promotion.id}: ${message}`,
    });

    const same = decisions.find((one) => isSame(one, input));
    if (same?.decision === input.decision && samePerson(same.by, input.by))
      return recorded(same, standingOf(decisions, before), promotion.state, setAsideBy(same, decisions, before));
    if (same) return refused(`update ${input.updateId} already said: ${inWords(same)}`);
    if (promotion.state !== 'waiting') {
      const last = decisions.at(-1);
      return refused(last ? `already decided: ${inWords(last)}` : `${promotion.state}: no decision is asked`);
    }
    const late = lateness({ decision: input.decision, promotion, at: receivedAt ?? input.at });
    if (late) return refused(late);
    let roles: readonly Role[] = [];
    const { decision: asked } = input;
    if (proof && asked !== 'expire') {
      const verified = await verifyDecision(trx, { ...input, decision: asked, proof, promotion });
      if ('refused' in verified) return refused(verified.refused);
      roles = verified.roles;
    } else if (input.decision !== 'expire' && needsProof(policy)) {
      return refused(
        `${promotion.alias} takes signed decisions only. Sign it: ${signCommand(input.decision, promotion.id)}`,
      );
    }
    const standing = standingOf(decisions, before);
    const wrong = refusalOf({ input, promotion, standing, roles, policies });
    if (wrong) return refused(wrong);

    const due = input.decision === 'break-glass' ? { reviewBy: reviewBy(policy, input.at) } : {};
    const updateId = input.decision === 'expire' ? input.updateId : personsId(input.updateId);
    const decision = await appendDecision(trx, model, { ...input, updateId, ...due });
    if (proof) await keepProof(trx, { promotionId: promotion.id, seq: decision.seq, proof });
    const keys = new Map(before);
    if (proof) keys.set(decision.seq, { keyId: proof.key, roles });
    const now = standingOf([...decisions, decision], keys);
    const state = stateAfter(decision, now, promotion.approvalsNeeded);
    await settlePromotion(trx, promotion.id, state);
    return recorded(decision, now, state, setAsideBy(decision, [...decisions, decision], keys));
  });
}

/** Whether a decision is a row again: what the clock says, or what a person sent under that id. */
function isSame(row: Decision, { decision, updateId }: Pick<NewDecision, 'decision' | 'updateId'>): boolean {
  if (decision === 'expire') return row.decision === 'expire' && row.updateId === updateId;
  if (row.decision === 'expire' || row.decision === 'close' || row.decision === 'review') return false;
  // Rows of before have a person's id as it was sent.
  return row.updateId === personsId(updateId) || (row.updateId === updateId && !isPersonsId(updateId));
}

/** Why a decision comes too late: a worker that starts after the promotion has expired finds it and the timer at once. */
function lateness(options: {
  decision: NewDecision['decision'];
  promotion: Promotion;
  /** When it was received: when it was sent, nobody but who sent it could say. */
  at: string;
}): string | undefined {
  const { decision, promotion, at } = options;
  const { expiresAt, model, version, alias } = promotion;
  if (decision === 'expire' || expiresAt === undefined || Date.parse(at) < Date.parse(expiresAt)) return undefined;
  return `it expired at ${expiresAt}, and this decision was received at ${at}; nothing was changed. Ask for it again: npx whetstone promote ${model}@v${version} --alias ${alias} --why "..."`;
}

/** Why this can't be said now, by this person; undefined where it can. */
function refusalOf(options: {
  input: Omit<NewDecision, 'proof' | 'receivedAt'>;
  promotion: Promotion;
  standing: Standing<Decision>;
  roles: readonly Role[];
  policies: Policies;
}): string | undefined {
  const { input, promotion, standing, roles, policies } = options;
  const { by } = input;
  const policy = policies[promotion.alias];
  switch (input.decision) {
    case 'approve': {
      const own = asksAndApproves({ by, promotion }, policy);
      if (own) return own;
      const asked = policyRoles(policy);
      if (asked && !roles.some((role) => asked.includes(role)))
        return lackText({
          rule: 'approvals.roles',
          found: `a key of the role ${roles.join(', ')}`,
          expected: asked.join(' or '),
          fix: `ask somebody whose key has it: npx whetstone keys list`,
        });
      const earlier = standing.approvals.find((one) => samePerson(one.by, by));
      return earlier && `${inWords(earlier)}; ${promotion.approvalsNeeded} different people are asked`;
    }
    case 'request-changes': {
      const earlier = standing.requests.find((one) => samePerson(one.by, by));
      return earlier && `${inWords(earlier)}; withdraw that, or approve`;
    }
    case 'withdraw': {
      if (asksForChanges(standing, by) || (roles.includes('admin') && standing.requests.length > 0)) return undefined;
      const open = standing.requests.map((one) => one.by).join(', ') || 'nobody';
      return `${by} has asked for no changes; ${open} has. They withdraw it, or an admin with a signature`;
    }
    case 'break-glass': {
      const lack = breakGlassLack({ policy, roles });
      return lack && lackText(lack);
    }
    case 'reject':
    case 'expire':
      return undefined;
    default:
      return input.decision satisfies never;
  }
}

function stateAfter(
  { decision }: Decision,
  { approvals, requests }: Standing,
  approvalsNeeded: number,
): PromotionState {
  if (decision === 'reject') return 'rejected';
  if (decision === 'expire') return 'expired';
  if (decision === 'break-glass') return 'approved';
  return approvals.length >= approvalsNeeded && requests.length === 0 ? 'approved' : 'waiting';
}

const PAST = {
  approve: 'approved',
  reject: 'rejected',
  'request-changes': 'changes requested',
  withdraw: 'request withdrawn',
  'break-glass': 'moved past its rule',
  review: 'reviewed',
  expire: 'expired',
  close: 'closed',
} as const;
const inWords = ({ decision, by, at, why }: Decision) => `${PAST[decision]} by ${by} at ${at}${why ? ` (${why})` : ''}`;
