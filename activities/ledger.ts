import type { Activities } from '../contract/activities.ts';
import type { Dependencies } from './dependencies.ts';

/** What a run's calls cost. */
export function ledgerActivities({ ledger }: Dependencies): Pick<Activities, 'countLedger'> {
  return { countLedger: ({ runId }) => ledger.counts(runId) };
}
