import { samePerson } from '../../contract/people.ts';
import { reviewCommand } from '../../contract/promotions/commands.ts';
import type { DecisionProof } from '../../schema/identity.ts';
import { transaction } from '../../sql/transaction.ts';
import { keepProof, verifyDecision } from '../identity/verify.ts';
import { needsProof } from '../overrides.ts';
import { getPromotion, listDecisions } from '../promotions.ts';
import { breakGlassNeedsProof } from '../rules/break-glass.ts';
import type { Policies } from '../rules/policies.ts';
import type { Decision } from '../schema.ts';
import { lockModel, type Db } from '../versions.ts';
import { appendDecision, personsId } from './closing.ts';

/** What is owed for a move past the rules: another person looks at it, and says so. */

export interface NewReview {
  promotionId: string;
  by: string;
  why: string;
  proof?: DecisionProof | undefined;
  /** ISO 8601. */
  at: string;
  /** ISO 8601: when it came, which may be before it can be written. A signature counts as of then; without, it came `at`. */
  receivedAt?: string | undefined;
  /** The same again is the same review. */
  requestId?: string | undefined;
}

export type ReviewResult = { status: 'recorded'; review: Decision } | { status: 'refused'; message: string };

/** Closes the review that a promotion owes, once. @throws NotInRegistryError for a promotion that is not there */
export async function recordReview(db: Db, review: NewReview, policies: Policies): Promise<ReviewResult> {
  const { proof, requestId, receivedAt, ...said } = review;
  const updateId = requestId === undefined ? 'review' : personsId(requestId);
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
    if (earlier && requestId !== undefined && earlier.updateId === updateId)
      return { status: 'recorded', review: earlier };
    if (earlier) return refused(`reviewed by ${earlier.by} at ${earlier.at} already: ${earlier.why}`);
    if (samePerson(broken.by, said.by)) return refused(`${broken.by} did it: another person must review it`);
    const policy = policies[promotion.alias];
    if (proof) {
      const verified = await verifyDecision(trx, {
        ...said,
        at: receivedAt ?? said.at,
        decision: 'review',
        proof,
        promotion,
      });
      if ('refused' in verified) return refused(verified.refused.replace(/; nothing was changed$/, ''));
    } else if (reviewNeedsProof(policy))
      return refused(`${promotion.alias} takes signed reviews only: ${reviewCommand(promotion.id, true)}`);
    const decision = await appendDecision(trx, model, { ...said, decision: 'review', updateId });
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
  /** Whether it must be signed. Where the rule is not known, as the move was: a rule that asks for one signature asks for both. */
  signed: boolean;
}

/**
 * Reviews that are owed, of one model or of all, the one due first first.
 * @param rules how the policies are read, where anything is owed
 */
export async function owedReviews(
  db: Db,
  { model, rules }: { model?: string | undefined; rules: () => Promise<Policies> },
): Promise<OwedReview[]> {
  const rows = await db
    .selectFrom('decisions')
    .innerJoin('promotions', 'promotions.id', 'decisions.promotionId')
    .leftJoin('decisionSignatures as signature', (join) =>
      join.onRef('signature.promotionId', '=', 'decisions.promotionId').onRef('signature.seq', '=', 'decisions.seq'),
    )
    .select(['promotions.id as promotionId', 'model', 'alias', 'version', 'by', 'why', 'at', 'reviewBy', 'keyId'])
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
  if (rows.length === 0) return [];
  // History is told also where the rules can't be read.
  const policies = await rules().catch(() => undefined);
  return rows.map(({ reviewBy, keyId, ...row }) => {
    const policy = policies?.[row.alias];
    const signed = policy ? reviewNeedsProof(policy) : keyId !== null;
    return { ...row, reviewBy: reviewBy ?? row.at, signed };
  });
}
