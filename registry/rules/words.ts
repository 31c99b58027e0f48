import type { RunConfig, StagePolicy } from '../../configs/schema.ts';
import { needsProof, overrideApprovals, policyApprovals, policyRoles } from '../overrides.ts';

/**
 * What a move of an alias will be asked, in words: by the alias's policy, and by the run beside it. Pure.
 * @returns a line for each rule
 */
export function rulesInWords(policy: StagePolicy, promote: RunConfig['promote']): string[] {
  const { evidence, maxAge, constraints = {} } = policy;
  const approvals = Math.max(policyApprovals(policy), promote.approvals);
  const roles = policyRoles(policy);
  const signed = needsProof(policy) ? ', signed' : '';
  const { p95LatencyMs, usdPer1000Answers, regions } = constraints;
  const run = promote.constraints ?? {};
  const least = (...values: (number | undefined)[]) => {
    const known = values.filter((value) => value !== undefined);
    return known.length > 0 ? Math.min(...known) : undefined;
  };
  const latency = least(p95LatencyMs, run.p95LatencyMs);
  const cost = least(usdPer1000Answers, run.usdPer1000Answers);
  const override = overrideApprovals(policy);
  const asksGate = evidence.includes('gate-promote');
  return [
    ...(evidence.includes('evaluation') ? ['evidence: an evaluation against what serves'] : []),
    ...(asksGate
      ? [
          `evidence: the gate's promote${override === 'never' ? ', which nobody may override' : `, or an override that ${override} other(s) than who asks approve`}`,
        ]
      : []),
    ...[maxAge, promote.maxAge].flatMap((age) =>
      age === undefined ? [] : [`maxAge: the evaluation is ${age} old at most`],
    ),
    approvals === 0
      ? 'approvals: none'
      : `approvals: ${approvals}${signed}${roles ? `, of the role ${roles.join(' or ')}` : ''}, within ${promote.expiresAfterHours} hours`,
    ...(policy.fourEyes ? ['fourEyes: by others than who asks for it or starts the run'] : []),
    ...(latency === undefined ? [] : [`constraints: 95 of 100 answers within ${latency} ms`]),
    ...(cost === undefined ? [] : [`constraints: 1,000 answers for ${cost} USD at most`]),
    ...(regions ? [`constraints: hosted models in ${regions.join(' or ')}`] : []),
    `breakGlass: ${breakGlassWords(policy)}`,
  ];
}

/** Who may move an alias past its rule. */
export const breakGlassWords = ({ breakGlass = 'never' }: Pick<StagePolicy, 'breakGlass'>): string =>
  breakGlass === 'never'
    ? 'nobody'
    : `${breakGlass.roles ? `with a signature of the role ${breakGlass.roles.join(' or ')}` : 'anybody'}, reviewed within ${breakGlass.reviewWithin}`;
