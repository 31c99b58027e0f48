import { expect, it } from 'vitest';
import { BudgetError } from '../../../contract/budget-error.ts';
import { ProviderError } from '../../../contract/ports.ts';
import { callOf, modelOf, paid } from '../../../test/support/ledger-calls.ts';
import type { Reservation } from '../budget.ts';
import type { Call } from './call.ts';
import { withinBudget } from './within-budget.ts';

function over(answers: Reservation[], model = modelOf(), budget: { tokens?: number } = { tokens: 100 }) {
  const settled: object[] = [];
  const store = {
    reserve: async () => answers.shift()!,
    settle: async (given: object) => void settled.push(given),
  };
  const made: Call[] = [];
  const pay = (end: () => Promise<typeof paid>) =>
    withinBudget({ model, store, budget }, (call) => (made.push(call), end()))(callOf());
  return { pay, made, settled };
}

it('sets aside what the call may cost, once there is room for it', async () => {
  const { pay, made, settled } = over([{ status: 'wait' }, { status: 'reserved', id: 4 }]);
  expect(await pay(async () => paid)).toBe(paid);
  expect(made.map(({ reserved }) => reserved?.id)).toEqual([4]);
  expect(settled).toEqual([]);
});

it('makes no call that the run may not pay', async () => {
  const { pay, made } = over([{ status: 'exhausted', spent: { costNanoUsd: 0, tokens: 99 } }]);
  await expect(pay(async () => paid)).rejects.toThrow(BudgetError);
  expect(made).toEqual([]);
});

it('gives back what a failed call took, but for what it cost all the same', async () => {
  const cut = new ProviderError('malformed', 'cut', { paid: { inputTokens: 2, outputTokens: 1 } });
  const { pay, settled } = over([
    { status: 'reserved', id: 4 },
    { status: 'reserved', id: 5 },
  ]);
  await expect(pay(() => Promise.reject(new Error('away')))).rejects.toThrow('away');
  await expect(pay(() => Promise.reject(cut))).rejects.toBe(cut);
  expect(settled).toEqual([
    { run: 'run', reservation: 4, costNanoUsd: 0, tokens: 0 },
    { run: 'run', reservation: 5, costNanoUsd: 3000, tokens: 3 },
  ]);
});

it('asks nothing of the ledger for a model of our own, nor without a cap', async () => {
  const free = over([], modelOf({ free: true }));
  const uncapped = over([], modelOf(), {});
  for (const { pay, made } of [free, uncapped]) {
    expect(await pay(async () => paid)).toBe(paid);
    expect(made[0]?.reserved).toBeUndefined();
  }
});
