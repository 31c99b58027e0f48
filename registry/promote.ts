import { RunError } from '../common/errors.ts';
import type { StagePolicy } from '../configs/schema.ts';
import type {
  OpenPromotionInput,
  PromoteVersionInput,
  PromoteVersionResult,
  PromotionOpened,
  PromotionSettled,
} from '../contract/promotion-stages.ts';
import { approvalsOf, needsProof, overrideApprovals, overrideLack } from './overrides.ts';
import { lackText } from './rules/lack.ts';
import { measuredLacks } from './rules/measured.ts';
import { baseLack } from './decisions/hindrance.ts';
import { comparedLackOf } from './rules/compared.ts';
import type { Registry } from './store.ts';

/** A promotion from its first row to the move of its alias. */

/**
 * Opens a promotion under its alias's policy.
 * @returns approvals that it needs: a run may only ask for more than the policy does; whether they must be signed; and what it supersedes
 * @throws RunError where the alias has no policy, the evidence is not the version's newest evaluation or was not compared with what it says
 * served, or what the alias is to be pointed at first is no base
 */
export async function openUnderPolicy(
  registry: Registry,
  input: OpenPromotionInput & { policy: StagePolicy | undefined; at: string },
): Promise<PromotionOpened> {
  const { promotionId, incumbentVersion, baseVersion, approvals, evidence, gate, policy, request, ...rest } = input;
  const { expiresAfterMs, at, ...about } = rest;
  const { model, version, alias, asks } = about;
  if (!policy)
    throw new RunError(
      'alias',
      `promotion ${promotionId}: alias '${alias}' has no policy; declare it in configs/stages.yaml`,
    );
  // Whoever can start a workflow could claim any evidence: only what the registry knows of the version counts.
  const found = await registry.getVersion(model, version);
  const { evidence: registered, gate: said } = found;
  if (registered?.sha256 !== evidence.sha256) {
    throw new RunError(
      'evidence',
      `promotion ${promotionId}: evidence ${evidence.sha256.slice(0, 12)} is not the newest evaluation of version ${version} of ${model} ` +
        `(${registered?.sha256.slice(0, 12) ?? 'none'}). Start it with: npx whetstone promote ${model}@v${version} --alias ${alias} --why "..."`,
    );
  }
  if (said && said.decision !== gate.decision) {
    throw new RunError(
      'gate',
      `promotion ${promotionId}: found the gate's decision ${gate.decision}, but version ${version} of ${model} has the newest evaluation's, ${said.decision}. ` +
        `Start it with: npx whetstone promote ${model}@v${version} --alias ${alias} --why "..."`,
    );
  }
  if (request?.override && overrideApprovals(policy) === 'never') {
    throw new RunError(
      'override',
      `promotion ${promotionId}: nobody may override the gate for alias '${alias}' (override: never in configs/stages.yaml)`,
    );
  }
  const base = incumbentVersion === null && !(await registry.lastMove(model, alias)) ? baseVersion : undefined;
  if (policy.evidence.includes('evaluation')) {
    const lack = await comparedLackOf(registry, { version: found, alias, claimed: incumbentVersion, first: base });
    if (lack) throw new RunError('evidence', `promotion ${promotionId}: incumbentVersion: ${lackText(lack)}`);
  }
  const noBase = base === undefined ? undefined : await baseLack(registry, { model, alias, version, base });
  if (noBase !== undefined) throw new RunError('base', `promotion ${promotionId}: ${noBase}`);
  // People are not asked for what no approval can mend.
  const needsOverride = policy.evidence.includes('gate-promote') && gate.decision !== 'promote' && !request?.override;
  const asked = { model, version, alias, gateDecision: gate.decision };
  const lacks = [
    ...measuredLacks({ version: found, policy, asks, now: at }),
    needsOverride ? overrideLack({ promotion: asked, approvals: [], policy }) : undefined,
  ].flatMap((lack) => (lack ? [lackText(lack)] : []));
  const hindered = await registry.hindrance({ model, alias, version, base });
  if (hindered !== undefined) lacks.push(`${model}@${alias}: ${hindered}`);
  const opened = await registry.openPromotion({
    id: promotionId,
    ...about,
    expectedVersion: incumbentVersion ?? base ?? null,
    evidenceSha256: evidence.sha256,
    gateDecision: gate.decision,
    reasons: gate.reasons,
    approvalsNeeded: approvalsOf(policy, { approvals, request }),
    ...(request && { request }),
    ...(expiresAfterMs !== undefined && { expiresAt: new Date(Date.parse(at) + expiresAfterMs).toISOString() }),
    at,
    ...(lacks.length > 0 && { heldBecause: lacks.join('; ') }),
  });
  const { approvalsNeeded, state } = opened;
  const why = async () => (await registry.decisions(promotionId)).at(-1)?.why ?? state;
  if (state === 'held') return { approvalsNeeded, held: await why() };
  if (state === 'superseded') return { approvalsNeeded, superseded: await why() };
  const supersedes = await registry.supersededBy(promotionId);
  return {
    approvalsNeeded,
    ...(needsProof(policy) && { signed: true }),
    ...(policy.remind && { remind: policy.remind }),
    ...(supersedes.length > 0 && { supersedes }),
  };
}

/**
 * Moves an alias to the version that was promoted, and where it never pointed at anything first to the base, both or neither. A move that
 * the registry refuses closes the promotion.
 */
export async function promoteVersion(
  registry: Registry,
  input: PromoteVersionInput & { at: string },
): Promise<PromoteVersionResult> {
  // What the alias is first pointed at stands in the promotion since it was opened.
  const { promotionId, version, incumbentVersion, baseVersion: _baseVersion, ...common } = input;
  const failed = async (status: 'conflict' | 'blocked' | 'refused', reason: string): Promise<PromoteVersionResult> => {
    // The registry has closed it already, unless it waits there for people that nobody waits for any more.
    await registry.closePromotion({ promotionId, why: reason, by: 'whetstone', at: common.at });
    return { status, reason };
  };
  const { expectedVersion } = await registry.promotion(promotionId);
  const result = await registry.moveAlias({
    ...common,
    toVersion: version,
    expectedVersion,
    kind: 'promote',
    // One that was taken down comes back by the promotion itself.
    firstToBase: incumbentVersion === null,
    promotionId,
  });
  return result.status === 'moved'
    ? { status: 'moved', version: result.move.toVersion }
    : failed(result.status, result.message);
}

/** Whether a promotion is settled, as what, and why. */
export async function settledAs(registry: Registry, promotionId: string): Promise<PromotionSettled> {
  const { state } = await registry.promotion(promotionId);
  const last = (await registry.decisions(promotionId)).at(-1);
  const why = last ? `${last.by}: ${last.why}` : state;
  switch (state) {
    case 'waiting':
    case 'approved':
      return { state: 'open', why: '' };
    case 'expired':
      return { state: 'held', why };
    case 'superseded':
      return { state, why: last?.why ?? why };
    case 'held':
    case 'rejected':
    case 'promoted':
      return { state, why };
    default:
      return state satisfies never;
  }
}
