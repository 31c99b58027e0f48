import { expect, it } from 'vitest';
import { callOf, modelOf, reply } from '../../../test/support/ledger-calls.ts';
import type { PaidCall } from '../answers.ts';
import { recorded } from './recorded.ts';

it('begins to write before it gives the answer, without what is not of it', async () => {
  const written: PaidCall[] = [];
  const store = { record: (call: PaidCall) => (written.push(call), new Promise<never>(() => {})) };
  const notes: string[] = [];
  const limits = { requests: { limit: 1, remaining: 1, resetMs: 1 } };
  const model = modelOf({ chat: async () => ({ ...reply, limits, notes: ['no seed'] }) });
  const pay = recorded({ model, store, onNote: (note) => notes.push(note) });
  const answered = await pay(callOf({ reserved: { id: 7, most: { costNanoUsd: 99, tokens: 99 } } }));
  expect(answered.reply.text).toBe('yes');
  expect(written).toMatchObject([{ key: 'key', run: 'run', text: 'yes', reservation: 7, cost: { tokens: 5 } }]);
  expect(written[0]).not.toHaveProperty('limits');
  expect(notes).toEqual(['no seed']);
});

it('leaves a failed write to whoever uses the answer', async () => {
  const store = { record: () => Promise.reject(new Error('disk full')) };
  const { written } = await recorded({ model: modelOf(), store })(callOf());
  await expect(written).rejects.toThrow('disk full');
});
