import type { Activities } from '../contract/activities.ts';
import type { ControlDependencies } from './dependencies.ts';

/** What a run's calls cost. */
export function ledgerActivities({ ledger }: ControlDependencies): Pick<Activities, 'countLedger'> {
  return { countLedger: ({ runId }) => ledger.counts(runId) };
}
