import { isCancellation } from '@temporalio/workflow';
import type { PromoteInput, PromotionProgress } from '../../contract/messages.ts';
import { findStale, findStaleSuites } from '../proxies.ts';

/**
 * Looks, beside people's decisions, whether the evidence is stale already, so that nobody reads it for nothing. It is looked at again before the
 * alias moves; what can't be known now ends nothing.
 */
export function tellStale(input: PromoteInput, state: PromotionProgress, show: () => void): void {
  const { model, version, alias, incumbentVersion, evidence } = input;
  const look = async () => {
    const stale = await findStale({ model, version, alias, incumbentVersion });
    stale.push(...(await findStaleSuites({ evidence })));
    if (stale.length === 0) return;
    state.stale = stale;
    show();
  };
  look().catch((error: unknown) => {
    if (!isCancellation(error) && !(error instanceof Error)) throw error;
  });
}
