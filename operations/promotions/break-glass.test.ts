import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { StagePolicySchema } from '../../configs/schema.ts';
import { openRegistry, type OpenRegistry } from '../../registry/open.ts';
import { versionOf } from '../../test/support/demo-registry.ts';
import { createKey } from '../identity/keys.ts';
import { modelHistory } from '../models.ts';
import { breakGlass, owedText, review } from './break-glass.ts';
import { historyOf } from './history.ts';

let folder: string;
let opened: OpenRegistry;
let rule: object;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'whetstone-glass-'));
  rule = { approvals: 2, breakGlass: { reviewWithin: '24h' } };
  const policies = async () => ({ production: StagePolicySchema.parse(rule) });
  opened = await openRegistry({ url: join(folder, 'registry.db'), policies });
  for (const candidate of ['one', 'two'])
    await opened.registry.registerVersion(versionOf(candidate, { at: '2026-11-26T10:00:00Z' }));
});
afterEach(async () => {
  await opened.close();
  await rm(folder, { recursive: true, force: true });
});

const asked = { model: 'demo', version: 1, alias: 'production', by: 'Ada', why: 'wrong doses' };

it('moves an alias without worker or server; what is owed for it stands in history and models until another reviews it', async () => {
  const { registry } = opened;
  await expect(review(registry, { by: 'Bob', why: 'x' })).rejects.toThrow('No review is owed.');
  const done = await breakGlass(registry, asked);
  expect(done).toMatchObject({
    from: null,
    to: 1,
    by: 'Ada',
    promotion: expect.stringMatching(/^promote\/demo\/production\/v1-/),
  });
  const owed = async () =>
    (await historyOf(registry, { model: 'demo', alias: 'production' })).filter(({ what }) => what === 'owes a review');
  expect(await owed()).toMatchObject([
    { text: expect.stringContaining(`review owed, due ${done.reviewBy}`) as string },
  ]);
  const { events } = await modelHistory(registry, { name: 'demo', aliases: { production: 1 } });
  expect(events.map(({ text }) => text)).toContain('production: nothing -> 1  break-glass by Ada: wrong doses');
  await expect(review(registry, { by: 'ADA', why: 'mine' })).rejects.toThrow(/Ada did it: another person must/);
  expect(await review(registry, { by: 'Bob', why: 'was right' })).toEqual({ promotion: done.promotion, by: 'Bob' });
  expect(await owed()).toEqual([]);
});

it('names those that are owed where there are several, and says which are overdue', async () => {
  const { registry } = opened;
  const first = await breakGlass(registry, asked);
  const second = await breakGlass(registry, { ...asked, version: 2 });
  await expect(review(registry, { by: 'Bob', why: 'x' })).rejects.toThrow(
    `Several reviews are owed; name one:\n  ${first.promotion}\n  ${second.promotion}`,
  );
  const [owed] = await registry.owedReviews('demo');
  const text = owedText(owed!, '2099-01-01T00:00:00Z');
  expect(text).toContain(`review owed, OVERDUE since ${first.reviewBy}`);
  expect(text).toContain(`npx whetstone review ${first.promotion} --by NAME --why "..."`);
});

it('is signed by the key file, whose name counts', async () => {
  const { registry } = opened;
  rule = { breakGlass: { roles: ['admin'] } };
  const keyOf = async (subject: string, role: 'admin' | 'approver') =>
    (await createKey(registry, { subject, roles: [role], by: 'root' }, { XDG_CONFIG_HOME: folder })).file!;
  const [root, bob] = [await keyOf('Root', 'admin'), await keyOf('Bob', 'approver')];
  await expect(breakGlass(registry, asked)).rejects.toThrow(
    /rule breakGlass\.roles: found no signature, expected admin/,
  );
  await expect(breakGlass(registry, asked, { keyFile: bob })).rejects.toThrow(/found a key of the role approver/);
  expect(await breakGlass(registry, asked, { keyFile: root })).toMatchObject({ by: 'Root' });
  expect(await review(registry, { by: 'x', why: 'was right' }, { keyFile: bob })).toMatchObject({ by: 'Bob' });
});
