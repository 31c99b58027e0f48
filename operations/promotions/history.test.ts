import { afterEach, beforeEach, expect, it } from 'vitest';
import { openRegistry } from '../../registry/open.ts';
import type { Registry } from '../../registry/store.ts';
import { historyOf } from './history.ts';

const at = (minute: number) => `2026-11-26T10:${String(minute).padStart(2, '0')}:00Z`;
const policy = { description: '', approvals: 1, evidence: [] };
const about = { model: 'demo', alias: 'production' };

let registry: Registry;
let close: () => Promise<void>;
beforeEach(async () => {
  ({ registry, close } = await openRegistry({ url: ':memory:', policies: { production: policy, staging: policy } }));
  for (let i = 0; i < 2; i++)
    await registry.registerVersion({
      model: 'demo',
      candidate: 'tuned',
      runId: `r${i}`,
      base: 'b',
      ref: { uri: 'file:///w', sha256: `${i}` },
      systemPrompt: '',
      sampling: { temperature: 0, maxTokens: 9 },
      ...(i === 1 && { gate: { decision: 'hold', suite: 'test', candidate: 'tuned', reasons: ['too near'] } }),
      at: at(0),
    });
  await registry.moveAlias({
    ...about,
    toVersion: 1,
    expectedVersion: null,
    kind: 'bootstrap',
    promotionId: 'b',
    by: 'a',
    why: 'b',
    at: at(1),
  });
  // One that waits since long, and was approved once of two.
  await registry.openPromotion({
    ...about,
    alias: 'staging',
    id: 'old',
    version: 2,
    expectedVersion: 1,
    reasons: [],
    approvalsNeeded: 2,
    at: at(2),
  });
  await approve('old', 'ann', at(3));
  for (let i = 0; i < 6; i++) {
    const version = (i % 2) + 1;
    const from = i === 0 ? 1 : ((i + 1) % 2) + 1;
    await open(`p${i}`, version, 1, at(10 + 2 * i), from);
    await approve(`p${i}`, 'bob', at(10 + 2 * i));
    await registry.moveAlias({
      ...about,
      toVersion: version,
      expectedVersion: from,
      kind: 'promote',
      promotionId: `p${i}`,
      by: 'bob',
      why: `move ${i}`,
      at: at(11 + 2 * i),
    });
  }
});
afterEach(() => close());

const open = (id: string, version: number, approvalsNeeded: number, when: string, expectedVersion: number | null = 1) =>
  registry.openPromotion({ ...about, id, version, expectedVersion, reasons: [], approvalsNeeded, at: when });
const approve = (promotionId: string, by: string, when: string) =>
  registry.recordDecision({ promotionId, decision: 'approve', by, why: 'yes', updateId: 'u', at: when });

it('tells the newest of it as the whole does, with what waits however long', async () => {
  const all = await historyOf(registry, { model: 'demo' });
  for (const last of [1, 3, 5, 100])
    expect(await historyOf(registry, { model: 'demo', last })).toEqual(all.slice(-last));
  expect(all.find(({ what }) => what === 'waits')?.text).toBe('staging: version 2  waits for 1 approval: old');
  expect(all.filter(({ what }) => what === 'decided' || what === 'moved').every(({ by, why }) => by && why)).toBe(true);
  expect(all.find(({ what }) => what === 'decided')).toMatchObject({ by: 'ann', why: 'yes', promotion: 'old' });
  expect(await historyOf(registry, { model: 'demo', alias: 'production', last: 2 })).toEqual(all.slice(-2));
});

it('tells what the gate said when a version was registered, and of each evaluation since', async () => {
  await registry.addEvaluation({
    model: 'demo',
    version: 2,
    runId: 'again',
    evidence: { uri: 'file:///e', sha256: 'e' },
    gate: { decision: 'promote', suite: 'test', candidate: 'tuned', reasons: ['better'] },
    made: { arm: 'tuned', configHash: 'c', against: about, incumbentVersion: 1, baseVersion: 1 },
    at: at(50),
  });
  const told = (await historyOf(registry, { model: 'demo' })).filter(({ what }) => what === 'evaluated');
  expect(told.map(({ at: when, text }) => `${when} ${text}`)).toEqual([
    `${at(0)} version 2  the gate said hold: too near`,
    `${at(50)} version 2  evaluated again against demo@production: the gate said promote: better`,
  ]);
});
