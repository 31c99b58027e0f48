import {
  ActivityFailure,
  ApplicationFailure,
  condition,
  isCancellation,
  patched,
  setHandler,
  upsertSearchAttributes,
  workflowInfo,
} from '@temporalio/workflow';
import type { RunTerms } from '../contract/dataset-stages.ts';
import type { BudgetDetails, Cap } from '../contract/budget-error.ts';
import {
  BUDGET_FAILURE,
  RAISE_BUDGET,
  RAISE_EXAMPLE,
  RaiseBudgetSchema,
  WAITING_FOR,
  type RaiseBudgetInput,
} from '../contract/messages.ts';
import { tellBudgetReached } from './proxies.ts';
import { parseInput } from './parse-input.ts';
import type { RunState } from './run-state.ts';

/** What a run may pay. At the cap the work under way ends, the run waits until somebody raises it, and goes on where it was. */
export class RunBudget {
  readonly #run: RunState;
  #terms: RunTerms;
  #raises = 0;
  #waiting = 0;

  constructor(run: RunState, terms: Omit<RunTerms, 'budget'>) {
    this.#run = run;
    this.#terms = { ...terms, budget: {} };
    setHandler(RAISE_BUDGET, (input) => this.#raise(RaiseBudgetSchema.parse(input)), {
      description: `Raises what the run may pay in all; a run that waits at its cap goes on. Input: ${RAISE_EXAMPLE}`,
      validator: (input) => this.#check(input),
    });
  }

  /** The budget of the config; only a raise that came before it may have changed it already. */
  start(budget: RunTerms['budget']): void {
    if (this.#raises === 0) this.#terms = { ...this.#terms, budget };
  }

  /** Does work that pays for model calls, again after each raise: the ledger holds what was paid before. */
  async spend<T>(work: (terms: RunTerms) => Promise<T>): Promise<T> {
    for (;;) {
      const seen = this.#raises;
      try {
        return await work(this.#terms);
      } catch (error) {
        const reached = reachedBudget(error);
        if (!reached) throw error;
        await this.#awaitRaise(seen, reached);
      }
    }
  }

  async #awaitRaise(seen: number, { reason, caps }: ReachedBudget): Promise<void> {
    if (this.#raises > seen) return;
    const isFirst = this.#waiting++ === 0;
    const reached = { reason, caps: caps ?? capsOf(this.#terms.budget) };
    this.#run.progress.waitingFor = { what: 'budget', ...reached };
    upsertSearchAttributes([{ key: WAITING_FOR, value: 'budget' }]);
    this.#run.show();
    if (isFirst && patched('budget-reached-is-told')) await this.#tell(seen, reached);
    await condition(() => this.#raises > seen);
    if (--this.#waiting > 0) return;
    this.#run.progress.waitingFor = undefined;
    upsertSearchAttributes([{ key: WAITING_FOR, value: '' }]);
    this.#run.show();
  }

  /** The run waits, whether or not others can be told. */
  async #tell(raises: number, { reason: why, caps }: { reason: string; caps: Cap[] }): Promise<void> {
    const { workflowId, runId } = workflowInfo();
    try {
      await tellBudgetReached({ model: this.#run.progress.model, workflowId, runId, raises, why, caps });
    } catch (error) {
      if (isCancellation(error)) throw error;
      this.#run.warn([`others could not be told that the budget is reached: ${causeOf(error)}`]);
    }
  }

  #raise(input: RaiseBudgetInput): RaiseBudgetInput {
    const { usd, tokens } = input;
    this.#raises++;
    this.#terms = {
      ...this.#terms,
      budget: { ...this.#terms.budget, ...(usd !== undefined && { usd }), ...(tokens !== undefined && { tokens }) },
    };
    this.#run.progress.raises = [...(this.#run.progress.raises ?? []), input];
    this.#run.show();
    return input;
  }

  #check(input: unknown): void {
    const example = exampleFor(this.#terms.budget);
    const parsed = parseInput({ schema: RaiseBudgetSchema, input, workflow: 'raiseBudget', example });
    const refuse = (message: string) => ApplicationFailure.nonRetryable(`${message}; send: ${example}`);
    const { budget } = this.#terms;
    for (const field of ['usd', 'tokens'] as const) {
      const [asked, now] = [parsed[field], budget[field]];
      if (asked !== undefined && now === undefined && this.#waiting > 0)
        throw refuse(
          `${field}: the run waits at its cap of ${field === 'usd' ? 'tokens' : 'usd'}, and has none of ${field}`,
        );
      if (asked !== undefined && now !== undefined && asked <= now)
        throw refuse(
          `${field}: found ${asked}, expected more than the budget now, ${now}: it is the cap of the whole run`,
        );
    }
  }
}

/** In the units of the run's own budget. */
const exampleFor = (budget: RunTerms['budget']) =>
  budget.usd === undefined && budget.tokens !== undefined
    ? '{"tokens": 2000000, "by": "your name", "why": "the reason"}'
    : RAISE_EXAMPLE;

interface ReachedBudget {
  reason: string;
  /** Undefined in failures of before they said it. */
  caps: Cap[] | undefined;
}

function reachedBudget(error: unknown): ReachedBudget | undefined {
  const cause = error instanceof ActivityFailure ? error.cause : error;
  if (!(cause instanceof ApplicationFailure && cause.type === BUDGET_FAILURE)) return undefined;
  const details = cause.details?.[0] as Partial<BudgetDetails> | undefined;
  return { reason: cause.message, caps: details?.caps };
}

const causeOf = (error: unknown) =>
  (error instanceof ActivityFailure ? (error.cause ?? error) : (error as Error)).message;

const capsOf = (budget: RunTerms['budget']): Cap[] =>
  (['usd', 'tokens'] as const).filter((cap) => budget[cap] !== undefined);
