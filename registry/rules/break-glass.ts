import { durationMs, type StagePolicy } from '../../configs/schema.ts';
import type { Role } from '../../schema/identity.ts';
import type { Lack } from './lack.ts';

/** What a policy asks of who moves its alias past it. Pure. */

const DEFAULT_REVIEW = '72h';

const ruleOf = (policy: StagePolicy | undefined) =>
  policy?.breakGlass === undefined || policy.breakGlass === 'never' ? undefined : policy.breakGlass;

/** Whether who breaks the glass must sign: where decisions are signed, and where roles are asked, which only keys have. */
export const breakGlassNeedsProof = (policy: StagePolicy | undefined): boolean => ruleOf(policy)?.roles !== undefined;

/** @param roles those of the key that signed; empty for a claim */
export function breakGlassLack({
  policy,
  roles,
}: {
  policy: StagePolicy | undefined;
  roles: readonly Role[];
}): Lack | undefined {
  const rule = ruleOf(policy);
  if (!rule)
    return {
      rule: 'breakGlass',
      found: policy?.breakGlass === 'never' ? 'never' : 'none',
      expected: 'a rule that lets somebody',
      fix: 'ask for approvals; or whoever keeps configs/stages.yaml writes breakGlass: {reviewWithin: 72h}',
    };
  const { roles: asked } = rule;
  if (!asked || roles.some((role) => asked.some((one) => one === role))) return undefined;
  return {
    rule: 'breakGlass.roles',
    found: roles.length === 0 ? 'no signature' : `a key of the role ${roles.join(', ')}`,
    expected: asked.join(' or '),
    fix:
      roles.length === 0
        ? 'sign it with such a key: add --sign, or --key FILE'
        : `ask somebody whose key has ${asked.length === 1 ? 'it' : 'one of them'}: npx whetstone keys list`,
  };
}

/** Until when another person must have reviewed what was moved now. */
export function reviewBy(policy: StagePolicy | undefined, at: string): string {
  const within = ruleOf(policy)?.reviewWithin ?? DEFAULT_REVIEW;
  return new Date(Date.parse(at) + durationMs(within)).toISOString();
}
