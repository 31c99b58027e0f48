import { dateText } from '../../contract/reminders.ts';
import type { Promotion } from '../schema.ts';
import type { Registry } from '../store.ts';

const MOST = 3;

/** What was said of a version as such, or took an alias away from it. */
export interface Past {
  /** `withdrawn`, `cleared`, `production taken down from it`. */
  what: string;
  by: string;
  at: string;
  why: string;
}

/** How a version was taken away before, and let back: withdrawn, cleared, taken down, rolled back from; the oldest first. */
export async function takenAway(
  registry: Pick<Registry, 'blocks' | 'history'>,
  { model, version, before }: Pick<Promotion, 'model' | 'version'> & { before?: string | undefined },
): Promise<Past[]> {
  const [blocks, moves] = await Promise.all([registry.blocks(model), registry.history(model)]);
  const withdrawals = blocks
    .filter((one) => one.version === version)
    .map(({ action, by, at, why }) => ({ what: action === 'block' ? 'withdrawn' : 'cleared', by, at, why }));
  const away = moves
    .filter(({ fromVersion, toVersion }) => fromVersion === version && toVersion !== version)
    .flatMap(({ kind, alias, toVersion, by, at, why }) =>
      kind === 'takedown'
        ? [{ what: `taken down from ${alias}`, by, at, why }]
        : kind === 'rollback'
          ? [{ what: `rolled back from, ${alias} to version ${toVersion ?? 'none'},`, by, at, why }]
          : [],
    );
  // A rollback comes before the withdrawal that it makes.
  return [...away, ...withdrawals]
    .filter(({ at }) => before === undefined || at <= before)
    .toSorted((a, b) => a.at.localeCompare(b.at));
}

/** The same, a line each. */
export const pastWords = ({ what, by, at, why }: Past): string => `${what} by ${by} on ${dateText(at)}: ${why}`;

/** Who rejected the same version for the same alias before, and why: a line each, the newest first. */
export async function rejectedBefore(
  registry: Pick<Registry, 'decisionsOf'>,
  of: Pick<Promotion, 'model' | 'version' | 'alias'> & { promotionId: string },
): Promise<string[]> {
  const said = await registry.decisionsOf(of.model);
  return said
    .filter((one) => one.decision === 'reject' && one.version === of.version && one.alias === of.alias)
    .filter(({ promotionId }) => promotionId !== of.promotionId)
    .toSorted((a, b) => b.at.localeCompare(a.at))
    .slice(0, MOST)
    .map(({ by, at, why, promotionId }) => `by ${by} on ${dateText(at)}: ${why} (${promotionId})`);
}
