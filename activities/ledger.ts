import type { Activities } from '../contract/activities.ts';
import type { ControlDependencies } from './dependencies.ts';

/** What a run's calls cost, and that it waits because it may pay no more. */
export function ledgerActivities({
  ledger,
  registry,
  now,
}: ControlDependencies): Pick<Activities, 'countLedger' | 'tellBudgetReached'> {
  return {
    countLedger: ({ runId }) => ledger.counts(runId),
    tellBudgetReached: (reached) => registry.outbox.tellBudget({ ...reached, at: now() }),
  };
}
