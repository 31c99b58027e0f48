import type { Activities } from '../contract/activities.ts';
import type { ControlDependencies } from './dependencies.ts';

/** What a run's calls cost; and who is told that a run waits for a budget, or a promotion for people. */
export function ledgerActivities({
  ledger,
  registry,
  now,
}: Pick<ControlDependencies, 'ledger' | 'registry' | 'now'>): Pick<
  Activities,
  'countLedger' | 'tellBudgetReached' | 'tellReminder'
> {
  return {
    countLedger: ({ runId }) => ledger.counts(runId),
    tellReminder: (asked) => registry.outbox.tellReminder({ ...asked, at: now() }),
    tellBudgetReached: (reached) => registry.outbox.tellBudget({ ...reached, at: now() }),
  };
}
