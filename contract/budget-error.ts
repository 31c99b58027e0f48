import type { Amount, Budget } from './ports.ts';

/** What a budget can cap. */
export type Cap = keyof Budget;

/** What the failure of an activity whose run may pay no more tells its workflow. */
export interface BudgetDetails {
  spent: BudgetError['spent'];
  caps: Cap[];
}

/** A run that waits at its cap. */
export interface BudgetReached {
  model: string;
  workflowId: string;
  runId: string;
  /** How often its budget was raised before. */
  raises: number;
  why: string;
  caps: Cap[];
}

/** The run's budget does not allow its next call. */
export class BudgetError extends Error {
  override name = 'BudgetError';
  readonly run: string;
  readonly spent: { usd: number; tokens: number };
  readonly budget: Budget;
  /** Those that the next call would pass. */
  readonly caps: Cap[];

  constructor(options: { run: string; spent: Amount; budget: Budget; estimate: Amount }) {
    const { spent, budget, estimate } = options;
    super(
      `the next call may cost ${words(estimate, budget)}, ${words(spent, budget)} of the budget of ` +
        `${words({ costNanoUsd: (budget.usd ?? 0) * NANO, tokens: budget.tokens ?? 0 }, budget)} are spent: ` +
        `it needs at least ${words(sum([spent, estimate]), budget)}`,
    );
    this.run = options.run;
    this.spent = { usd: spent.costNanoUsd / NANO, tokens: spent.tokens };
    this.budget = budget;
    const needed = sum([spent, estimate]);
    this.caps = [
      ...(budget.usd !== undefined && needed.costNanoUsd > budget.usd * NANO ? (['usd'] as const) : []),
      ...(budget.tokens !== undefined && needed.tokens > budget.tokens ? (['tokens'] as const) : []),
    ];
  }
}

export const NANO = 1_000_000_000;

/** In the units that the budget caps. */
function words({ costNanoUsd, tokens }: Amount, budget: Budget): string {
  const parts = [
    // Rounded up: what is asked for must be enough.
    budget.usd !== undefined && `${(Math.ceil(costNanoUsd / 100_000) / 10_000).toFixed(4)} USD`,
    budget.tokens !== undefined && `${tokens} tokens`,
  ];
  return parts.filter(Boolean).join(' and ');
}

export const sum = (amounts: readonly Amount[]): Amount => ({
  costNanoUsd: amounts.reduce((total, amount) => total + amount.costNanoUsd, 0),
  tokens: amounts.reduce((total, amount) => total + amount.tokens, 0),
});
