import type { StagePolicy } from '../configs/schema.ts';
import { samePerson } from '../contract/people.ts';
import type { Role } from '../schema/identity.ts';
import type { Lack } from './rules/lack.ts';
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
export const needsProof = (
  policy: Pick<StagePolicy, 'authenticated' | 'fourEyes' | 'approvals'> | undefined,
): boolean => policy?.authenticated === true || policy?.fourEyes === true || policyRoles(policy) !== undefined;

/** The roles of which an approval's key must have one; undefined where any that may decide will do. */
export const policyRoles = (policy: Pick<StagePolicy, 'approvals'> | undefined): readonly Role[] | undefined =>
  typeof policy?.approvals === 'object' ? policy.approvals.roles : undefined;

/** Who started a promotion is a claim or not known at all: of two people who sign, one at least did not start it. */
const FOUR_EYES_APPROVALS = 2;

/**
 * Others than the one who asks, of whom the policy wants an approval; `never` where nobody may. Where decisions are signed, and the name of
 * who asks is not, as many as four eyes take.
 */
export function overrideApprovals(
  policy: Pick<StagePolicy, 'override' | 'authenticated' | 'fourEyes' | 'approvals'>,
): number | 'never' {
  const { override = 1 } = policy;
  return override === 'never' || !needsProof(policy) ? override : Math.max(override, FOUR_EYES_APPROVALS);
}

/** Approvals that a policy asks of every move. */
export function policyApprovals({ approvals, fourEyes }: Pick<StagePolicy, 'approvals' | 'fourEyes'>): number {
  const count = typeof approvals === 'number' ? approvals : approvals.count;
  return fourEyes ? Math.max(count, FOUR_EYES_APPROVALS) : count;
}

/**
 * Why this person can't approve: they asked for it, against the gate or where the policy wants four eyes, or started its run where it wants
 * four eyes. Undefined where they can.
 */
export function asksAndApproves(
  { by, promotion }: { by: string; promotion: Pick<Promotion, 'request' | 'startedBy'> },
  policy: StagePolicy | undefined,
): string | undefined {
  const { request, startedBy } = promotion;
  if (startedBy && policy?.fourEyes && samePerson(by, startedBy.by))
    return `its run was started by ${startedBy.by} (${startedBy.how}): another person must approve`;
  if (!request || !samePerson(by, request.by)) return undefined;
  const against = isOverride(promotion) ? ' against the gate' : '';
  return against || policy?.fourEyes ? `asked for by ${request.by}${against}: another person must approve` : undefined;
}

export const isOverride = ({ request }: Pick<Promotion, 'request'>): boolean => request?.override === true;

/** What a promotion that the gate did not ask for lacks; undefined when it lacks nothing. */
export function overrideLack(options: {
  promotion: Pick<Promotion, 'model' | 'version' | 'alias' | 'gateDecision' | 'request'>;
  approvals: readonly Pick<Decision, 'by'>[];
  policy: StagePolicy;
}): Lack | undefined {
  const { promotion, approvals, policy } = options;
  const { request, model, version, alias } = promotion;
  const rule = 'evidence';
  const found = `the gate's ${promotion.gateDecision ?? 'silence'}`;
  const asked = overrideApprovals(policy);
  if (asked === 'never')
    return {
      rule,
      found,
      expected: `the gate's promote, which nobody may override`,
      fix: 'run the config again; override: never stands in configs/stages.yaml',
    };
  const again = `npx whetstone promote ${model}@v${version} --alias ${alias} --why "..." --override`;
  if (!request?.override)
    return { rule, found, expected: `the gate's promote`, fix: `ask for it all the same: ${again}` };
  const others = approvals.filter(({ by }) => !samePerson(by, request.by)).length;
  return others < asked
    ? {
        rule: 'override',
        found: `${found}, and ${others} approval(s) of others than ${request.by}`,
        expected: `${asked}`,
        fix: `ask for a new promotion, under the rule as it is now: ${again}`,
      }
    : undefined;
}
