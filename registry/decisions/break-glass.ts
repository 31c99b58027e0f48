import type { DecisionProof, Role } from '../../schema/identity.ts';
import { transaction } from '../../sql/transaction.ts';
import { lastMove, moveWithin, type MoveResult } from '../aliases.ts';
import { keepProof, verifyDecision } from '../identity/verify.ts';
import { needsProof, policyApprovals } from '../overrides.ts';
import { insertPromotion } from '../promotions.ts';
import { breakGlassLack, breakGlassNeedsProof, reviewBy } from '../rules/break-glass.ts';
import { lackText } from '../rules/lack.ts';
import type { Policies } from '../rules/policies.ts';
import { getVersion, lockModel, type Db } from '../versions.ts';
import { appendDecision, settlePromotion } from './closing.ts';
import { supersedeOlder } from './newer.ts';

export interface BreakGlassRequest {
  /** Of the promotion, which a signature is about: made by who asks. */
  id: string;
  model: string;
  version: number;
  alias: string;
  by: string;
  why: string;
  proof?: DecisionProof | undefined;
  /** ISO 8601. */
  at: string;
}

export type BreakGlassResult = MoveResult & { reviewBy?: string };

/**
 * Moves an alias at once, past its approvals, its gate and its constraints, where its policy lets this person: in one transaction, without a
 * workflow, so that it works when nothing else does. It is written down as what it is, and another person owes a review. Never to a version
 * that was withdrawn or archived, nor of an alias that is pinned.
 */
export async function breakGlass(db: Db, request: BreakGlassRequest, policies: Policies): Promise<BreakGlassResult> {
  const { id, model, version, alias, by, why, proof, at } = request;
  return transaction(db, async (trx) => {
    await lockModel(trx, model);
    const { evidence, gate } = await getVersion(trx, model, version);
    const current = await lastMove(trx, model, alias);
    const servingVersion = current?.toVersion ?? null;
    const refused = (message: string): BreakGlassResult => ({
      status: 'refused',
      servingVersion,
      message: `${model}@${alias}: ${message}`,
    });
    const policy = policies[alias];
    if (!policy) return refused(`no policy; aliases with one: ${Object.keys(policies).sort().join(', ')}`);
    if (servingVersion === version) return refused(`version ${version} serves already`);
    let roles: readonly Role[] = [];
    if (proof) {
      const promotion = { id, evidenceSha256: evidence?.sha256 };
      const verified = await verifyDecision(trx, { by, why, decision: 'break-glass', proof, promotion, at });
      if ('refused' in verified) return refused(verified.refused);
      roles = verified.roles;
    }
    const lack = breakGlassLack({ policy, roles });
    if (lack) return refused(lackText(lack));
    if (!proof && (needsProof(policy) || breakGlassNeedsProof(policy)))
      return refused('it takes signed decisions only: add --sign');

    const about = { id, model, version, alias, at };
    const promotion = {
      ...about,
      expectedVersion: servingVersion,
      ...(evidence && { evidenceSha256: evidence.sha256 }),
      ...(gate && { gateDecision: gate.decision }),
      reasons: gate?.reasons ?? [],
      // Until it is said below, it waits like any other.
      approvalsNeeded: Math.max(1, policyApprovals(policy)),
    };
    await insertPromotion(trx, promotion, { supersedes: false });
    const due = reviewBy(policy, at);
    const said = { promotionId: id, decision: 'break-glass' as const, by, why, updateId: 'break-glass', at };
    const { seq } = await appendDecision(trx, model, { ...said, reviewBy: due });
    if (proof) await keepProof(trx, { promotionId: id, seq, proof });
    await settlePromotion(trx, id, 'approved');
    const move = { model, alias, toVersion: version, expectedVersion: servingVersion, by, why, promotionId: id, at };
    const result = await moveWithin(trx, { ...move, kind: 'promote' }, policies);
    if (result.status !== 'moved') return result;
    await supersedeOlder(trx, about);
    return { ...result, reviewBy: due };
  });
}
