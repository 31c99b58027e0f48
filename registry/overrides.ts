import type { StagePolicy } from '../configs/schema.ts';
import { samePerson } from '../contract/people.ts';
import type { Decision, Promotion } from './schema.ts';

/** A person promotes what the gate did not: explicit, for a reason, and never alone. */

/** Approvals that a promotion needs: a run may only ask for more than the policy does. An override that nobody may make asks none. */
export function approvalsOf(
  policy: StagePolicy,
  { approvals, request }: { approvals: number; request?: Promotion['request'] },
): number {
  const override = request?.override ? overrideApprovals(policy) : 0;
  return Math.max(policyApprovals(policy), approvals, override === 'never' ? 0 : override);
}

/** Whether only signed decisions count. */
export const needsProof = (policy: Pick<StagePolicy, 'authenticated' | 'fourEyes'> | undefined): boolean =>
  policy?.authenticated === true || policy?.fourEyes === true;

/** Who started a promotion is a claim or not known at all: of two people who sign, one at least did not start it. */
const FOUR_EYES_APPROVALS = 2;

/**
 * Others than the one who asks, of whom the policy wants an approval; `never` where nobody may. Where decisions are signed, and the name of
 * who asks is not, as many as four eyes take.
 */
export function overrideApprovals(
  policy: Pick<StagePolicy, 'override' | 'authenticated' | 'fourEyes'>,
): number | 'never' {
  const { override = 1 } = policy;
  return override === 'never' || !needsProof(policy) ? override : Math.max(override, FOUR_EYES_APPROVALS);
}

/** Approvals that a policy asks of every move. */
export const policyApprovals = ({ approvals, fourEyes }: Pick<StagePolicy, 'approvals' | 'fourEyes'>): number =>
  fourEyes ? Math.max(approvals, FOUR_EYES_APPROVALS) : approvals;

/** Why this person can't approve: they asked for it, against the gate or where the policy wants four eyes. Undefined where they can. */
export function asksAndApproves(
  { by, promotion }: { by: string; promotion: Pick<Promotion, 'request'> },
  policy: StagePolicy | undefined,
): string | undefined {
  const { request } = promotion;
  if (!request || !samePerson(by, request.by)) return undefined;
  const against = isOverride(promotion) ? ' against the gate' : '';
  return against || policy?.fourEyes ? `asked for by ${request.by}${against}: another person must approve` : undefined;
}

export const isOverride = ({ request }: Pick<Promotion, 'request'>): boolean => request?.override === true;

/** What a promotion that the gate did not ask for lacks, in words; undefined when it lacks nothing. */
export function overrideLacks(options: {
  promotion: Promotion;
  decisions: readonly Decision[];
  policy: StagePolicy;
}): string | undefined {
  const { promotion, decisions, policy } = options;
  const said = `promotion ${promotion.id}: the gate said ${promotion.gateDecision ?? 'nothing'}; this alias asks promote`;
  const { request } = promotion;
  if (!request?.override) return said;
  const asked = overrideApprovals(policy);
  if (asked === 'never') return `${said}, and its policy lets nobody override that (override: never)`;
  const others = decisions.filter(({ decision, by }) => decision === 'approve' && !samePerson(by, request.by)).length;
  return others < asked ? `${said}, unless ${asked} other(s) than ${request.by} approve: ${others} did` : undefined;
}
