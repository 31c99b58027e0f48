import { samePerson } from '../../contract/people.ts';
import type { DecisionProof } from '../../schema/identity.ts';
import { transaction } from '../../sql/transaction.ts';
import { keepProof, verifyDecision } from '../identity/verify.ts';
import { needsProof } from '../overrides.ts';
import { getPromotion, listDecisions } from '../promotions.ts';
import { breakGlassNeedsProof } from '../rules/break-glass.ts';
import type { Policies } from '../rules/policies.ts';
import type { Decision } from '../schema.ts';
import { lockModel, type Db } from '../versions.ts';
import { appendDecision } from './closing.ts';

/** What is owed for a move past the rules: another person looks at it, and says so. */

export interface NewReview {
  promotionId: string;
  by: string;
  why: string;
  proof?: DecisionProof | undefined;
  /** ISO 8601. */
  at: string;
}

export type ReviewResult = { status: 'recorded'; review: Decision } | { status: 'refused'; message: string };

/** Closes the review that a promotion owes, once. @throws NotInRegistryError for a promotion that is not there */
export async function recordReview(db: Db, review: NewReview, policies: Policies): Promise<ReviewResult> {
  const { proof, ...said } = review;
  const { model } = await getPromotion(db, review.promotionId);
  return transaction(db, async (trx) => {
    await lockModel(trx, model);
    const promotion = await getPromotion(trx, review.promotionId);
    const refused = (why: string): ReviewResult => ({
      status: 'refused',
      message: `promotion ${promotion.id}: ${why}; nothing was changed`,
    });
    const decisions = await listDecisions(trx, promotion.id);
    const broken = decisions.find(({ decision }) => decision === 'break-glass');
    if (!broken || promotion.state !== 'promoted')
      return refused('it owes no review: nobody moved its alias past the rules');
    const earlier = decisions.find(({ decision }) => decision === 'review');
    if (earlier) return refused(`reviewed by ${earlier.by} at ${earlier.at} already: ${earlier.why}`);
    if (samePerson(broken.by, said.by)) return refused(`${broken.by} did it: another person must review it`);
    const policy = policies[promotion.alias];
    if (proof) {
      const verified = await verifyDecision(trx, { ...said, decision: 'review', proof, promotion });
      if ('refused' in verified) return refused(verified.refused.replace(/; nothing was changed$/, ''));
    } else if (reviewNeedsProof(policy))
      return refused(
        `${promotion.alias} takes signed reviews only: npx whetstone review ${promotion.id} --why "..." --sign`,
      );
    const decision = await appendDecision(trx, model, { ...said, decision: 'review', updateId: 'review' });
    if (proof) await keepProof(trx, { promotionId: promotion.id, seq: decision.seq, proof });
    return { status: 'recorded', review: decision };
  });
}

/** Whether a review of a move past this policy's rules must be signed. */
export const reviewNeedsProof = (policy: Policies[string] | undefined): boolean =>
  needsProof(policy) || breakGlassNeedsProof(policy);

/** A move past the rules that nobody has reviewed. */
export interface OwedReview {
  promotionId: string;
  model: string;
  alias: string;
  version: number;
  by: string;
  why: string;
  at: string;
  /** ISO 8601: overdue after it. */
  reviewBy: string;
}

/** Reviews that are owed, of one model or of all, the one due first first. */
export async function owedReviews(db: Db, model?: string): Promise<OwedReview[]> {
  const rows = await db
    .selectFrom('decisions')
    .innerJoin('promotions', 'promotions.id', 'decisions.promotionId')
    .select(['promotionId', 'model', 'alias', 'version', 'by', 'why', 'at', 'reviewBy'])
    .where('decision', '=', 'break-glass')
    .where('state', '=', 'promoted')
    .$if(model !== undefined, (query) => query.where('model', '=', model!))
    .where((eb) =>
      eb.not(
        eb.exists(
          eb
            .selectFrom('decisions as review')
            .select('review.seq')
            .whereRef('review.promotionId', '=', 'decisions.promotionId')
            .where('review.decision', '=', 'review'),
        ),
      ),
    )
    .orderBy('reviewBy')
    .execute();
  return rows.map(({ reviewBy, ...row }) => ({ ...row, reviewBy: reviewBy ?? row.at }));
}
