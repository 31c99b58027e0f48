import { randomUUID } from 'node:crypto';
import { RequestError } from '../../common/errors.ts';
import type { ReviewInput } from '../../contract/messages.ts';
import { reviewCommand } from '../../contract/promotions/commands.ts';
import type { OwedReview } from '../../registry/decisions/reviews.ts';
import type { Registry } from '../../registry/store.ts';
import { signDecision } from '../identity/sign-decision.ts';

/** Past the rules in an emergency, and the review that is owed for it: on the registry itself, so that it works when nothing else does. */

/** Whose key signs, where that is asked. */
export interface Signing {
  keyFile: string;
  /** Whose key it is, where its file does not say so. */
  by?: string | undefined;
}

export interface GlassBroken {
  promotion: string;
  from: number | null;
  to: number;
  by: string;
  /** ISO 8601. */
  reviewBy: string;
}

/**
 * Moves an alias to a version at once.
 * @throws RequestError where the alias's rule, or what stands on the version, does not let it
 */
export async function breakGlass(
  registry: Registry,
  request: { model: string; version: number; alias: string; by: string; why: string },
  sign?: Signing,
): Promise<GlassBroken> {
  const { model, version, alias, why } = request;
  const promotion = `promote/${model}/${alias}/v${version}-${randomUUID().slice(0, 8)}`;
  const { evidence } = await registry.getVersion(model, version);
  const about = { promotion, decision: 'break-glass' as const, evidence: evidence?.sha256 ?? null, why };
  const signed = sign && (await signDecision({ ...about, ...sign }));
  const by = signed?.by ?? request.by;
  const result = await registry.breakGlass({
    ...request,
    id: promotion,
    by,
    ...(signed && { proof: signed.signed }),
    at: new Date().toISOString(),
  });
  if (result.status !== 'moved') throw new RequestError(result.message);
  const { fromVersion, toVersion, at } = result.move;
  return { promotion, from: fromVersion, to: toVersion, by, reviewBy: result.reviewBy ?? at };
}

/**
 * Closes a review that is owed.
 * @param request.promotion may be left out while one is owed
 * @returns the promotion that was reviewed
 * @throws RequestError where none is owed, several are, or the registry refuses
 */
export async function review(
  registry: Registry,
  request: { promotion?: string | undefined; by: string; why: string },
  sign?: Signing,
): Promise<{ promotion: string; by: string }> {
  const promotion = request.promotion ?? onlyOwed(await registry.owedReviews());
  const { why } = request;
  const signed = sign && (await signReview({ promotion, evidence: await evidenceOf(registry, promotion), why }, sign));
  const by = signed?.by ?? request.by;
  const proof = signed?.signed;
  const result = await registry.recordReview({
    promotionId: promotion,
    by,
    why,
    ...(proof && { proof }),
    at: new Date().toISOString(),
  });
  if (result.status === 'refused') throw new RequestError(result.message);
  return { promotion, by };
}

/**
 * A review that is signed, to be pasted into the Temporal UI as the input of the workflow `reviewPromotion`: nothing is written.
 * @param about.promotion may be left out while one is owed
 * @param about.evidence hash of the evaluation that the promotion carries, null for none; without, the registry is asked
 */
export async function printedReview(
  ask: <T>(work: (registry: Registry) => Promise<T>) => Promise<T>,
  about: { promotion?: string | undefined; evidence?: string | null | undefined; why: string },
  sign: Signing & { hours: number },
): Promise<ReviewInput> {
  const promotion = about.promotion ?? (await ask(async (registry) => onlyOwed(await registry.owedReviews())));
  const evidence = about.evidence === undefined ? await ask((one) => evidenceOf(one, promotion)) : about.evidence;
  return { promotion, ...(await signReview({ promotion, evidence, why: about.why }, sign)) };
}

const signReview = (
  about: { promotion: string; evidence: string | null; why: string },
  sign: Signing & { hours?: number },
) => signDecision({ ...about, decision: 'review', ...sign });

const evidenceOf = async (registry: Registry, promotion: string): Promise<string | null> =>
  (await registry.promotion(promotion)).evidenceSha256 ?? null;

function onlyOwed(owed: readonly OwedReview[]): string {
  const [only, ...others] = owed;
  if (only && others.length === 0) return only.promotionId;
  throw new RequestError(
    owed.length === 0
      ? 'No review is owed.'
      : `Several reviews are owed; name one:\n  ${owed.map((one) => one.promotionId).join('\n  ')}`,
  );
}

/** One owed review in a line. */
export function owedText(owed: OwedReview, now: string): string {
  const { promotionId, alias, version, by, why, reviewBy, signed } = owed;
  const due = reviewBy < now ? `OVERDUE since ${reviewBy}` : `due ${reviewBy}`;
  return `${alias}: version ${version}  review owed, ${due}: moved past its rule by ${by}: ${why}. ${reviewCommand(promotionId, signed)}`;
}
