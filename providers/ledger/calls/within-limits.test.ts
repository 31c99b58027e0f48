import { expect, it } from 'vitest';
import { ProviderError } from '../../../contract/ports.ts';
import { callOf, modelOf, paid } from '../../../test/support/ledger-calls.ts';
import { Limiter } from '../../limits/limiter.ts';
import { withinLimits } from './within-limits.ts';

const limiter = () => new Limiter({ concurrency: 1, random: () => 0 });

it('makes a call again that failed in a way that passes', async () => {
  const ends = [() => Promise.reject(new ProviderError('network', 'reset')), () => Promise.resolve(paid)];
  const next = () => ends.shift()!();
  expect(await withinLimits({ model: modelOf(), limiter: limiter() }, next)(callOf())).toBe(paid);
});

it('lets no more calls start than the model takes, and does not wait for their writing', async () => {
  let inFlight = 0;
  let most = 0;
  const unwritten = { ...paid, written: new Promise<never>(() => {}) };
  const pay = withinLimits({ model: modelOf(), limiter: limiter() }, async () => {
    most = Math.max(most, ++inFlight);
    await new Promise(setImmediate);
    inFlight--;
    return unwritten;
  });
  await Promise.all([pay(callOf()), pay(callOf()), pay(callOf())]);
  expect(most).toBe(1);
});
