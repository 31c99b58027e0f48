import { standingOf } from './standing.ts';
import { keysOfDecisions } from '../identity/verify.ts';
import { asksAndApproves, needsProof, overrideLack, policyApprovals, policyRoles } from '../overrides.ts';
import { getPromotion, listDecisions } from '../promotions.ts';
import { NotInRegistryError, type Promotion } from '../schema.ts';
import { getVersion, type Db } from '../versions.ts';
import { breakGlassLack } from '../rules/break-glass.ts';
import { comparedLackOf } from '../rules/compared.ts';
import { lackText, type Lack } from '../rules/lack.ts';
import { measuredLacks } from '../rules/measured.ts';
import type { Policies } from '../rules/policies.ts';

/** Whether a promotion may move its alias, whatever was checked before: at the move, in its transaction. */

export type Check = { lacks: string } | { lacks?: undefined; brokenGlass: boolean };

/**
 * What a promotion lacks under the alias's policy as it is now, in words: rule, found, expected, fix. One that a person moves past the policy
 * is asked for what the policy asks of that alone.
 */
export async function checkPromotion(
  trx: Db,
  asked: Pick<Promotion, 'id' | 'model' | 'version' | 'alias' | 'expectedVersion'> & {
    at: string;
    /** What the alias is pointed at first, which nothing was compared with: nothing serves. */
    base?: number | undefined;
  },
  policies: Policies,
): Promise<Check> {
  const policy = policies[asked.alias];
  const known = Object.keys(policies).sort().join(', ');
  if (!known)
    throw new NotInRegistryError('this registry knows no policy: open it with the policies of configs/stages.yaml');
  if (!policy)
    return { lacks: `alias ${JSON.stringify(asked.alias)} has no policy any more; aliases with one: ${known}` };
  const promotion = await getPromotion(trx, asked.id);
  const asOpened = `${promotion.model}@${promotion.alias} to version ${promotion.version}`;
  const asAsked = `${asked.model}@${asked.alias} to version ${asked.version}`;
  if (asOpened !== asAsked || promotion.expectedVersion !== asked.expectedVersion) {
    return {
      lacks:
        `promotion ${promotion.id} was opened to move ${asOpened} from ${promotion.expectedVersion ?? 'none'}, ` +
        `but asked to move ${asAsked} from ${asked.expectedVersion ?? 'none'}`,
    };
  }
  if (promotion.state !== 'approved') return { lacks: `promotion ${promotion.id} is ${promotion.state}, not approved` };

  const lacking = ([first]: readonly (Lack | undefined)[]): Check | undefined =>
    first && { lacks: `promotion ${promotion.id}: ${lackText(first)}` };
  const keys = await keysOfDecisions(trx, promotion.id);
  const all = await listDecisions(trx, promotion.id);
  const broken = all.find(({ decision }) => decision === 'break-glass');
  const counted = needsProof(policy) ? all.filter(({ seq }) => keys.has(seq)) : all;
  if (broken) {
    const roles = keys.get(broken.seq)?.roles ?? [];
    const unsigned = needsProof(policy) && !keys.has(broken.seq);
    const lack = breakGlassLack({ policy, roles }) ?? (unsigned ? UNSIGNED : undefined);
    return lacking([lack]) ?? { brokenGlass: true };
  }
  const again = `npx whetstone promote ${asked.model}@v${asked.version} --alias ${asked.alias} --why "..."`;
  if (policy.evidence.includes('evaluation') && !promotion.evidenceSha256)
    return lacking([
      {
        rule: 'evidence',
        found: 'no evaluation',
        expected: 'one against what serves',
        fix: 'run its config, which evaluates it',
      },
    ])!;
  const version = await getVersion(trx, promotion.model, promotion.version);
  const outdated = promotion.evidenceSha256 !== undefined && version.evidence?.sha256 !== promotion.evidenceSha256;
  if (outdated)
    return lacking([
      {
        rule: 'evidence',
        found: `evaluation ${short(promotion.evidenceSha256)}, and version ${version.version} was evaluated again since (${short(version.evidence?.sha256)})`,
        expected: 'its newest evaluation',
        fix: `promote it again, on that: ${again}`,
      },
    ])!;
  if (policy.evidence.includes('evaluation')) {
    const reader = { getVersion: (...of: [string, number]) => getVersion(trx, ...of) };
    const { base: first } = asked;
    const claimed = first === undefined ? promotion.expectedVersion : null;
    const lack = await comparedLackOf(reader, { version, alias: promotion.alias, claimed, first });
    if (lack) return lacking([lack])!;
  }
  const standing = standingOf(counted, keys);
  if (policy.evidence.includes('gate-promote') && promotion.gateDecision !== 'promote') {
    const lack = overrideLack({ promotion, approvals: standing.approvals, policy });
    if (lack) return lacking([lack])!;
  }
  const measured = measuredLacks({ version, policy, asks: promotion.asks, now: asked.at });
  if (measured.length > 0) return lacking(measured)!;
  // A request counts whether or not it was signed: it only keeps things as they are.
  const { requests } = standingOf(all, keys);
  if (requests.length > 0)
    return lacking([
      {
        rule: 'request for changes',
        found: requests.map(({ by, why }) => `one by ${by} (${why})`).join(' and '),
        expected: 'none',
        fix: 'they approve or withdraw it, or an admin does',
      },
    ])!;
  const roles = policyRoles(policy);
  const approvals = standing.approvals.filter(
    ({ by, seq }) =>
      !asksAndApproves({ by, promotion }, policy) &&
      (!roles || keys.get(seq)?.roles.some((role) => roles.includes(role)) === true),
  ).length;
  const needed = policyApprovals(policy);
  if (approvals < needed) {
    const signed = needsProof(policy) ? 'signed ' : '';
    const of = roles ? ` of the role ${roles.join(' or ')}` : '';
    return lacking([
      {
        rule: 'approvals',
        found: `${approvals} ${signed}approvals${of}`,
        expected: `${needed}`,
        fix: `ask for a new promotion, under the rule as it is now: ${again}`,
      },
    ])!;
  }
  return { brokenGlass: false };
}

const short = (sha256: string | undefined) => sha256?.slice(0, 12) ?? 'none';

const UNSIGNED: Lack = {
  rule: 'authenticated',
  found: 'no signature of who broke the glass',
  expected: 'one',
  fix: 'sign it: add --sign',
};
