import { dateText } from '../../contract/reminders.ts';
import type { Promotion } from '../schema.ts';
import type { Registry } from '../store.ts';

const MOST = 3;

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
