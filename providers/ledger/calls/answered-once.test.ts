import { expect, it } from 'vitest';
import { BudgetError } from '../../../contract/budget-error.ts';
import { modelOf, paid, reply } from '../../../test/support/ledger-calls.ts';
import { answeredOnce, type InFlight } from './answered-once.ts';
import { SharedCalls } from './shared-calls.ts';

const request = { messages: [{ role: 'user' as const, content: 'Is it?' }] };
const model = modelOf();
const inFlight = (): InFlight => new SharedCalls();

it('pays for nothing that the ledger has', async () => {
  const store = { find: async () => reply };
  const pay = () => Promise.reject(new Error('paid'));
  const chat = answeredOnce({ model, store, inFlight: inFlight(), run: 'run', fresh: false }, pay);
  expect(await chat(request)).toBe(reply);
});

it('gives what is written, which may be what another process wrote first', async () => {
  const first = { ...reply, text: 'the first' };
  const store = { find: async () => undefined };
  const pay = async () => ({ ...paid, written: Promise.resolve(first) });
  const chat = answeredOnce({ model, store, inFlight: inFlight(), run: 'run', fresh: false }, pay);
  expect(await chat(request)).toBe(first);
});

it('joins the same call of another run, but a fresh run only its own', async () => {
  const shared = inFlight();
  const store = { find: async () => undefined };
  let calls = 0;
  const pay = async () => {
    calls++;
    await new Promise(setImmediate);
    return paid;
  };
  const of = (run: string, fresh: boolean) => answeredOnce({ model, store, inFlight: shared, run, fresh }, pay);
  await Promise.all([of('a', false)(request), of('b', false)(request)]);
  expect(calls).toBe(1);
  await Promise.all([of('a', true)(request), of('b', true)(request), of('b', true)(request)]);
  expect(calls).toBe(3);
});

it('pays for itself where the run whose call it joined may pay no more', async () => {
  const shared = inFlight();
  const store = { find: async () => undefined };
  const amount = { costNanoUsd: 0, tokens: 0 };
  const poor = async () => {
    await new Promise(setImmediate);
    throw new BudgetError({ run: 'poor', spent: amount, budget: {}, estimate: amount });
  };
  const options = { model, store, inFlight: shared, fresh: false };
  const first = answeredOnce({ ...options, run: 'poor' }, poor)(request);
  const second = answeredOnce({ ...options, run: 'rich' }, async () => paid)(request);
  await expect(first).rejects.toThrow(BudgetError);
  expect(await second).toBe(reply);
});
