import { setTimeout as sleep } from 'node:timers/promises';
import { costOf, mostOf } from '../../chat/call-cost.ts';
import { BudgetError } from '../../../contract/budget-error.ts';
import { ProviderError, type Amount, type Budget, type ChatModel } from '../../../contract/ports.ts';
import type { LedgerStore } from '../store.ts';
import type { Call, Pay } from './call.ts';

/** Waiting for money that calls in flight may give back. */
const BUDGET_POLL_MS = 50;
const BATCH_BUDGET_POLL_MS = 5_000;
/** Beyond the call's own deadline: its answer is written well before that. */
const RESERVATION_MARGIN_MS = 15_000;
const DEFAULT_TIMEOUT_MS = 120_000;

interface WithinBudget {
  model: ChatModel;
  store: Pick<LedgerStore, 'reserve' | 'settle'>;
  budget: Budget | undefined;
}

/** Sets aside what a call may cost, and gives it back where it fails; what a failed call has cost all the same is noted. @throws BudgetError */
export function withinBudget({ model, store, budget }: WithinBudget, next: Pay): Pay {
  const caps = model.free || (budget?.usd === undefined && budget?.tokens === undefined) ? undefined : budget;
  return async (call) => {
    const most = mostOf(model, call.request);
    const id = caps && (await reserve({ model, store, budget: caps }, call, most));
    try {
      return await next(id === undefined ? call : { ...call, reserved: { id, most } });
    } catch (error) {
      const cost = paidAnyway(model, error, most);
      if (id !== undefined || cost) await store.settle({ run: call.run, reservation: id, ...(cost ?? NOTHING) });
      throw error;
    }
  };
}

const NOTHING: Amount = { costNanoUsd: 0, tokens: 0 };

/** What a call has cost whose answer can't be used: as its server says, else the most where the answer broke off. */
function paidAnyway(model: ChatModel, error: unknown, most: Amount): Amount | undefined {
  if (!(error instanceof ProviderError) || error.paid === undefined || model.free) return undefined;
  return error.paid === 'unknown' ? most : costOf(model, { text: '', finishReason: '', ...error.paid });
}

/** Waits while calls in flight may still give back enough. */
async function reserve(
  { model, store, budget }: WithinBudget & { budget: Budget },
  { run, key, signal }: Call,
  estimate: Amount,
): Promise<number> {
  for (;;) {
    const lastsMs = (model.timeoutMs ?? DEFAULT_TIMEOUT_MS) + RESERVATION_MARGIN_MS;
    const reserved = await store.reserve({ run, ...(model.batched && { key }), budget, estimate, lastsMs });
    if (reserved.status === 'reserved') return reserved.id;
    if (reserved.status === 'exhausted') throw new BudgetError({ run, spent: reserved.spent, budget, estimate });
    // Thousands of calls wait together in batch mode, for hours.
    await sleep(model.batched ? BATCH_BUDGET_POLL_MS : BUDGET_POLL_MS, undefined, { signal });
  }
}
