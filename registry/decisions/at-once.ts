import { transaction } from '../../sql/transaction.ts';
import { lastMove, moveWithin, type MoveResult } from '../aliases.ts';
import { insertPromotion } from '../promotions.ts';
import type { Policies } from '../rules/policies.ts';
import { getVersion, lockModel, type Db } from '../versions.ts';
import { supersedeOlder } from './newer.ts';

/**
 * Opens a promotion and moves its alias, in one transaction and without a workflow: where nobody is asked and nothing has to be shown, there is
 * nothing to wait for. The policy says whether that is so, as it does for every move.
 */
export async function promoteAtOnce(
  db: Db,
  request: { id: string; model: string; version: number; alias: string; by: string; why: string; at: string },
  policies: Policies,
): Promise<MoveResult> {
  const { id, model, version, alias, by, why, at } = request;
  return transaction(db, async (trx) => {
    await lockModel(trx, model);
    const { evidence, gate } = await getVersion(trx, model, version);
    const expectedVersion = (await lastMove(trx, model, alias))?.toVersion ?? null;
    const about = { id, model, version, alias, at };
    const promotion = {
      ...about,
      expectedVersion,
      ...(evidence && { evidenceSha256: evidence.sha256 }),
      ...(gate && { gateDecision: gate.decision }),
      reasons: gate?.reasons ?? [],
      approvalsNeeded: 0,
      request: { by, why, override: false },
    };
    await insertPromotion(trx, promotion, { supersedes: false });
    const move = { model, alias, toVersion: version, expectedVersion, by, why, promotionId: id, at };
    const result = await moveWithin(trx, { ...move, kind: 'promote' }, policies);
    if (result.status === 'moved') await supersedeOlder(trx, about);
    return result;
  });
}
