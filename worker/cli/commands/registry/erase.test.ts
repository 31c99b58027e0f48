import { expect, it, onTestFinished } from 'vitest';
import { openIndexStore } from '../../../../retrieval/store/store.ts';
import { fill, passage } from '../../../../test/support/index-contract.ts';
import { eraseDocument, eraseText } from './erase.ts';

it('takes a document out of all snapshots, of which it tells before, and refuses one that is nowhere', async () => {
  const store = await openIndexStore(':memory:');
  onTestFinished(() => store.close());
  const [leave, oil] = [passage('leave#0', 'Leave is 30 days.'), passage('oil#0', 'Oil damages condoms.')];
  const { index: before } = await fill(store, 'handbook', [leave, oil]);
  await fill(store, 'handbook', [oil]);
  const found = async () => (await store.byWords(await store.scope(before, {}), 'leave days', 5)).length;

  const planned = await eraseDocument(store, 'leave', { dryRun: true });
  expect(eraseText(planned)).toMatch(/^At least 1 passage of leave would be taken out of 1 snapshot of handbook/);
  expect(await found()).toBe(1);

  const erased = await eraseDocument(store, 'leave', { dryRun: false });
  expect(erased).toMatchObject({ passages: 1, snapshots: 1 });
  expect(eraseText(erased)).toContain('nothing answers from them any more');
  expect(await found()).toBe(0);
  await expect(eraseDocument(store, 'leave', { dryRun: false })).rejects.toThrow(
    "found 'leave', of which no index has a passage",
  );
});
