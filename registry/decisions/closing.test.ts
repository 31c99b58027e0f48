import type { Kysely } from 'kysely';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { openDatabase } from '../../sql/database.ts';
import { onEachDatabase } from '../../test/support/databases.ts';
import { migrateRegistry } from '../migrate.ts';
import { openUnderPolicy } from '../promote.ts';
import { appendBlock } from '../versions.ts';
import type { RegistryTables } from '../schema.ts';
import { createRegistry, type Registry } from '../store.ts';

const AT = '2026-11-26T10:00:00Z';
const asks = { description: '', approvals: 1, evidence: [] };
const gated = { ...asks, evidence: ['gate-promote' as const] };

onEachDatabase('a newer promotion', ({ create }) => {
  let db: Kysely<RegistryTables>;
  let registry: Registry;
  beforeEach(async () => {
    db = await openDatabase<RegistryTables>(await create());
    await migrateRegistry(db);
    registry = createRegistry(db, {
      policies: { production: asks, staging: { ...asks, approvals: 0, breakGlass: { reviewWithin: '72h' } } },
    });
    const version = { base: 'b', systemPrompt: '', sampling: { temperature: 0, maxTokens: 96 }, at: AT };
    for (const model of ['demo', 'other'])
      for (const candidate of ['base', 'one', 'two'])
        await registry.registerVersion({
          ...version,
          model,
          candidate,
          runId: candidate,
          ref: { uri: `file:///${candidate}`, sha256: candidate },
          evidence: { uri: 'file:///e', sha256: 'e' },
        });
  });
  afterEach(() => db.destroy());

  const open = (id: string, { model = 'demo', alias = 'production', version = 2, approvalsNeeded = 1 } = {}) =>
    registry.openPromotion({
      id,
      model,
      version,
      alias,
      expectedVersion: null,
      reasons: [],
      approvalsNeeded,
      at: AT,
    });
  const approve = (promotionId: string) =>
    registry.recordDecision({ promotionId, decision: 'approve', by: 'Ada', why: 'fine', updateId: 'u', at: AT });
  const stateOf = async (id: string) => (await registry.promotion(id)).state;

  it('supersedes an older one of the same alias that waits, which says by what, and takes no decision any more', async () => {
    await open('first');
    await open('elsewhere', { alias: 'staging' });
    await open('another model', { model: 'other' });
    await open('second', { version: 3 });
    expect(await stateOf('first')).toBe('superseded');
    expect((await registry.decisions('first')).at(-1)).toMatchObject({
      decision: 'close',
      by: 'whetstone',
      why: 'superseded by second, which promotes version 3 and is newer',
    });
    expect(await approve('first')).toMatchObject({
      status: 'refused',
      message: expect.stringContaining('superseded by second') as string,
    });
    expect(await Promise.all(['elsewhere', 'another model', 'second'].map(stateOf))).toEqual(Array(3).fill('waiting'));
    expect(await registry.supersededBy('second')).toEqual(['first']);
    // A retry of the opening says the same, and closes nothing.
    await open('second', { version: 3 });
    expect(await registry.supersededBy('second')).toEqual(['first']);
    expect(await registry.decisions('second')).toEqual([]);
    expect((await registry.checkSeals('demo')).broken).toBeUndefined();
  });

  it('leaves one that is approved to move, and what is settled as it is', async () => {
    await open('approved');
    await approve('approved');
    await open('rejected', { alias: 'staging' });
    await registry.recordDecision({
      promotionId: 'rejected',
      decision: 'reject',
      by: 'Ada',
      why: 'no',
      updateId: 'u',
      at: AT,
    });
    await open('newer', { version: 3, approvalsNeeded: 0 });
    await open('newer in staging', { alias: 'staging', version: 3 });
    expect(await stateOf('approved')).toBe('approved');
    expect(await stateOf('rejected')).toBe('rejected');
    expect(await registry.supersededBy('newer')).toEqual([]);
  });

  const said = { model: 'demo', by: 'Ada', why: 'because', at: AT };
  const pin = (alias: string) => registry.mark({ ...said, of: { alias }, action: 'pin' });

  it.each([
    ['an alias that is pinned', asks, () => pin('production'), 'it is pinned by Ada'],
    [
      'a version that was archived',
      asks,
      () => registry.mark({ ...said, of: { version: 3 }, action: 'archive' }),
      'version 3 was archived by Ada',
    ],
    [
      'a version that was withdrawn',
      asks,
      () => appendBlock(db, { ...said, version: 3, action: 'block' }),
      'version 3 was withdrawn by Ada',
    ],
    ['what the gate held', gated, () => undefined, "rule evidence: found the gate's hold"],
  ])('does not supersede where it can not move: %s', async (_what, policy, keep, why) => {
    await open('first');
    await keep();
    const evidence = { uri: 'file:///e', sha256: 'e', rows: 1 };
    const gate = { decision: 'hold' as const, suite: 'test', candidate: 'two', reasons: [] };
    const of = { model: 'demo', version: 3, alias: 'production', incumbentVersion: null, baseVersion: 1 };
    const asked = { promotionId: 'second', ...of, approvals: 1, evidence, gate, policy, at: AT };
    const opened = { approvalsNeeded: 1, held: expect.stringContaining(why) as string };
    expect(await openUnderPolicy(registry, asked)).toEqual(opened);
    expect(await stateOf('first')).toBe('waiting');
    expect(await stateOf('second')).toBe('held');
    // Asked again after a crash.
    expect(await openUnderPolicy(registry, asked)).toEqual(opened);
    expect(await approve('first')).toMatchObject({ status: 'recorded' });
  });

  it('that moves at once supersedes what waits only once it has moved', async () => {
    const alias = 'staging';
    const now = { ...said, alias, version: 3 };
    await open('first', { alias });
    await pin(alias);
    expect(await registry.promoteAtOnce({ ...now, id: 'at once' })).toMatchObject({ status: 'blocked' });
    expect(await registry.breakGlass({ ...now, id: 'glass' })).toMatchObject({ status: 'blocked' });
    expect(await Promise.all(['first', 'at once', 'glass'].map(stateOf))).toEqual(['waiting', 'held', 'held']);
    await registry.mark({ ...said, of: { alias }, action: 'unpin' });
    expect(await registry.promoteAtOnce({ ...now, id: 'now' })).toMatchObject({ status: 'moved' });
    expect(await registry.supersededBy('now')).toEqual(['first']);
    await open('third', { alias });
    expect(await registry.breakGlass({ ...now, version: 2, id: 'past' })).toMatchObject({ status: 'moved' });
    expect(await registry.supersededBy('past')).toEqual(['third']);
    expect((await registry.checkSeals('demo')).broken).toBeUndefined();
  });

  it('is one of 50 that are opened at once, of which one is left to wait', async () => {
    const ids = Array.from({ length: 50 }, (_, i) => `p${i}`);
    await Promise.all(ids.map((id) => open(id)));
    const states = await Promise.all(ids.map(stateOf));
    expect(states.filter((state) => state === 'waiting')).toHaveLength(1);
    expect(states.filter((state) => state === 'superseded')).toHaveLength(49);
    const superseded = (await Promise.all(ids.map((id) => registry.supersededBy(id)))).flat();
    expect(new Set(superseded).size).toBe(49);
    expect((await registry.checkSeals('demo')).broken).toBeUndefined();
  });
});
