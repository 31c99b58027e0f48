import type { Kysely } from 'kysely';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { openDatabase } from '../../sql/database.ts';
import { onEachDatabase } from '../../test/support/databases.ts';
import { migrateRegistry } from '../migrate.ts';
import type { RegistryTables } from '../schema.ts';
import { createRegistry, type Registry } from '../store.ts';

const AT = '2026-11-26T10:00:00Z';
const asks = { description: '', approvals: 1, evidence: [] };

onEachDatabase('a newer promotion', ({ create }) => {
  let db: Kysely<RegistryTables>;
  let registry: Registry;
  beforeEach(async () => {
    db = await openDatabase<RegistryTables>(await create());
    await migrateRegistry(db);
    registry = createRegistry(db, { policies: { production: asks, staging: asks } });
    const version = { base: 'b', systemPrompt: '', sampling: { temperature: 0, maxTokens: 96 }, at: AT };
    for (const model of ['demo', 'other'])
      for (const candidate of ['base', 'one', 'two'])
        await registry.registerVersion({
          ...version,
          model,
          candidate,
          runId: candidate,
          ref: { uri: `file:///${candidate}`, sha256: candidate },
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
