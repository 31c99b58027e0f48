import { renewalOf } from '../../contract/promotions/renewals.ts';
import { isOpen } from '../../registry/decisions/closing.ts';
import type { OwedReview } from '../../registry/decisions/reviews.ts';
import { takenAway, type Past } from '../../registry/decisions/rejected.ts';
import type { SaidOf } from '../../registry/decisions/said.ts';
import { NotInRegistryError, type AliasMove, type Promotion } from '../../registry/schema.ts';
import type { Registry } from '../../registry/store.ts';

/** Where a promotion stands now, as the registry knows it: what no page can know that was written before. */
export interface Standing {
  promotion: Promotion;
  open: boolean;
  /** Of a move past the rules that nobody has reviewed. */
  owed?: OwedReview | undefined;
  /** What was said to it, first to last. */
  said: SaidOf[];
  /** How its alias was moved by it. */
  moved?: AliasMove | undefined;
  /** Of one that moved its alias: what serves now, where that is another version; null for nothing. */
  since?: number | null | undefined;
  /** The promotion whose stale evidence this one's was made in place of, and the one that does so with this one's. */
  renews?: string | undefined;
  goesOnAs?: string | undefined;
  /** Of an open one: why its evidence does not hold any more, or why its alias can't be moved by it. */
  hindered: string[];
  /** Who rejected the same version before, for the same alias. */
  rejected: SaidOf[];
  /** How the same version was withdrawn, taken down or rolled back from before, and cleared. */
  past: Past[];
}

export type StandingSource = Pick<
  Registry,
  | 'promotion'
  | 'promotionsTo'
  | 'decisionsOf'
  | 'openPromotions'
  | 'history'
  | 'hindrance'
  | 'gradings'
  | 'owedReviews'
  | 'blocks'
>;

/** @returns undefined for what is no promotion, such as an evaluation */
export async function standingNow(registry: StandingSource, id: string): Promise<Standing | undefined> {
  const promotion = await promotionOf(registry, id);
  if (!promotion) return undefined;
  const { model, version, alias } = promotion;
  const open = isOpen(promotion.state);
  const before = open ? undefined : promotion.createdAt;
  const [siblings, decisions, moves, owed, past] = await Promise.all([
    registry.promotionsTo(model, version),
    registry.decisionsOf(model),
    registry.history(model, alias),
    registry.owedReviews(model),
    takenAway(registry, { model, version, before }),
  ]);
  const { first, renewals } = renewalOf(id);
  const ofFirst = siblings.filter((one) => renewalOf(one.id).first === first);
  const at = (count: number) => ofFirst.find((one) => renewalOf(one.id).renewals === count)?.id;
  const moved = moves.find(({ requestId, kind }) => requestId === id && kind !== 'bootstrap');
  const last = moves.at(-1);
  return {
    promotion,
    open,
    said: decisions.filter(({ promotionId }) => promotionId === id).toSorted((a, b) => a.seq - b.seq),
    owed: owed.find(({ promotionId }) => promotionId === id),
    ...(moved && { moved }),
    ...(moved && last && last.toVersion !== version && { since: last.toVersion }),
    ...(renewals > 0 && { renews: at(renewals - 1) ?? first }),
    goesOnAs: at(renewals + 1),
    hindered: open ? await hindrances(registry, promotion, last) : [],
    past,
    rejected: decisions
      .filter((one) => one.decision === 'reject' && one.version === version && one.alias === alias)
      .filter(({ promotionId, at: when }) => promotionId !== id && when <= promotion.createdAt)
      .toSorted((a, b) => b.at.localeCompare(a.at)),
  };
}

async function hindrances(
  registry: StandingSource,
  { model, version, alias, expectedVersion }: Promotion,
  last: AliasMove | undefined,
): Promise<string[]> {
  const hindrance = await registry.hindrance({ model, alias, version });
  const now = last?.toVersion ?? null;
  const named = (one: number | null) => (one === null ? 'nothing' : `version ${one}`);
  const stale =
    last && now !== expectedVersion && now !== version
      ? `Its evidence is stale: ${alias} serves ${named(now)}, and it was compared with ${named(expectedVersion)}. Once it is approved it is evaluated again, and asks for approval of that`
      : undefined;
  return [stale, hindrance].filter((one) => one !== undefined);
}

async function promotionOf(registry: Pick<Registry, 'promotion'>, id: string): Promise<Promotion | undefined> {
  return registry.promotion(id).catch(orUndefined);
}

function orUndefined(error: unknown): undefined {
  if (error instanceof NotInRegistryError) return undefined;
  throw error;
}
