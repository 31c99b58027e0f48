import type { Kysely } from 'kysely';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openDatabase } from '../sql/database.ts';
import { onEachDatabase } from '../test/support/databases.ts';
import { migrateRegistry } from './migrate.ts';
import { openUnderPolicy, promoteVersion } from './promote.ts';
import { TakenDownError, type RegistryTables } from './schema.ts';
import { createRegistry, type Registry } from './store.ts';

const at = '2026-11-26T10:00:00Z';
const production = { description: '', approvals: 0, evidence: ['evaluation' as const] };
const alias = { model: 'demo', alias: 'production' };
const said = { ...alias, by: 'ann', why: 'wrong doses', at };
const gate = { decision: 'promote' as const, suite: 'test', candidate: 'tuned', reasons: [] };

onEachDatabase('an alias', ({ create }) => {
  let db: Kysely<RegistryTables>;
  let registry: Registry;
  beforeEach(async () => {
    db = await openDatabase<RegistryTables>(await create());
    await migrateRegistry(db);
    registry = createRegistry(db, { policies: { production } });
    const common = { model: 'demo', base: 'b', systemPrompt: '', sampling: { temperature: 0, maxTokens: 96 }, at };
    for (const [i, candidate] of ['base', 'one', 'two', 'three'].entries())
      await registry.registerVersion({
        ...common,
        candidate,
        runId: candidate,
        ref: { uri: `file:///${i}`, sha256: `${i}` },
        evidence: { uri: 'file:///e', sha256: 'e' },
      });
  });
  afterEach(() => db.destroy());

  /** As the workflow does, on an evaluation against `incumbentVersion`. */
  async function promote(version: number, incumbentVersion: number | null, promotionId = `p${version}`) {
    const about = { ...alias, promotionId, version, incumbentVersion, baseVersion: 1 };
    const evidence = { uri: 'file:///e', sha256: 'e', rows: 1 };
    await openUnderPolicy(registry, { ...about, approvals: 0, evidence, gate, policy: production, at });
    return promoteVersion(registry, { ...about, by: 'the gate', why: 'better', at });
  }
  const serving = async () => (await registry.findServing('demo', 'production'))?.version;

  describe('that was taken down', () => {
    beforeEach(async () => {
      await promote(2, null);
      await promote(3, 2);
      await registry.takeDown(said);
    });

    it('serves nothing, and says by whom and why', async () => {
      expect(await serving()).toBeUndefined();
      const error = await registry.deployment('demo', 'production').catch((thrown: unknown) => thrown);
      expect(error).toBeInstanceOf(TakenDownError);
      expect(String(error)).toContain('demo@production serves nothing: taken down by ann');
      expect(await registry.models()).toMatchObject([{ aliases: {} }]);
      expect(await registry.takeDown(said)).toBeUndefined();
    });

    it('comes back by a promotion, without the base between', async () => {
      expect(await promote(4, null)).toEqual({ status: 'moved', version: 4 });
      expect((await registry.history('demo', 'production')).map(({ toVersion }) => toVersion)).toEqual([
        1,
        2,
        3,
        null,
        4,
      ]);
    });

    it('is not moved by a promotion that was evaluated against what was taken down', async () => {
      expect(await promote(4, 3)).toMatchObject({ status: 'conflict' });
      expect((await registry.promotion('p4')).state).toBe('superseded');
    });

    it('comes back by a rollback, to what served before it, or to itself where that is named', async () => {
      expect(await registry.planRollback(said)).toMatchObject({
        status: 'possible',
        target: { version: 2 },
        withdraws: 3,
      });
      expect(await registry.rollback({ ...said, to: 3 })).toMatchObject({ status: 'moved', move: { toVersion: 3 } });
      expect((await registry.getVersion('demo', 3)).blocked).toBeUndefined();
      await registry.takeDown(said);
      expect(await registry.rollback(said)).toMatchObject({ move: { fromVersion: null, toVersion: 2 } });
      expect((await registry.getVersion('demo', 3)).blocked).toMatchObject({ by: 'ann' });
    });
  });

  describe('that is rolled back', () => {
    it('goes to the untuned base only where somebody says so (N8)', async () => {
      await promote(2, null);
      const refused = await registry.rollback(said);
      expect(refused).toMatchObject({
        status: 'unavailable',
        message: expect.stringContaining('version 1, the untuned base. Say that you want it (--base') as string,
      });
      expect(await serving()).toBe(2);
      expect(await registry.rollback({ ...said, allowBase: true })).toMatchObject({ move: { toVersion: 1 } });
    });

    it('says of one that is withdrawn that it is, and by what it comes back', async () => {
      await promote(2, null);
      await promote(3, 2);
      expect(await registry.rollback(said)).toMatchObject({ withdraws: 3 });
      expect(await registry.rollback({ ...said, to: 3 })).toMatchObject({
        status: 'unavailable',
        message:
          'demo@production: version 2 serves now, and version 3 is none that served before and can serve again (version 3 was withdrawn by ann at 2026-11-26T10:00:00Z (wrong doses). ' +
          'Clear the block of version 3 before promoting it again: npx whetstone unblock demo 3 --why "..."); those are: 1',
      });
    });

    it('from nothing names what was taken down, and whatever it names can be put back', async () => {
      await promote(2, null);
      await registry.takeDown(said);
      expect(await registry.rollback(said)).toMatchObject({
        message: expect.stringMatching(
          /Say that you want it \(--base; in JSON "base": true\)\. To put back version 2, which was taken down: --to 2 /,
        ) as string,
      });
      const { message } = (await registry.rollback({ ...said, to: 9 })) as { message: string };
      expect(message).toContain('those are: 1, 2');
      for (const to of [1, 2])
        expect(await registry.planRollback({ ...said, to, allowBase: true })).toMatchObject({ status: 'possible' });
      const back = { ...said, to: 2, requestId: 'r' };
      for (let i = 0; i < 2; i++)
        expect(await registry.rollback(back)).toMatchObject({ status: 'moved', withdraws: undefined });
    });

    it('from nothing withdraws what was taken down, and says which, also when it is asked again', async () => {
      await promote(2, null);
      await promote(3, 2);
      await registry.takeDown(said);
      const again = { ...said, requestId: 'r' };
      for (let i = 0; i < 2; i++)
        expect(await registry.rollback(again)).toMatchObject({
          move: { fromVersion: null, toVersion: 2 },
          withdraws: 3,
        });
    });

    it('goes to the version that is named, of those that served', async () => {
      await promote(2, null);
      await promote(3, 2);
      await promote(4, 3);
      expect(await registry.rollback({ ...said, to: 4 })).toMatchObject({ status: 'unavailable' });
      expect(await registry.rollback({ ...said, to: 9 })).toMatchObject({
        message: expect.stringContaining('can serve again; those are: 1, 2, 3') as string,
      });
      expect(await registry.rollback({ ...said, to: 2 })).toMatchObject({ status: 'moved', move: { toVersion: 2 } });
      expect((await registry.getVersion('demo', 4)).blocked).toBeDefined();
      expect((await registry.getVersion('demo', 3)).blocked).toBeUndefined();
    });
  });

  it('that is pinned is moved by no promotion, but by a rollback', async () => {
    await promote(2, null);
    await promote(3, 2);
    const pin = { model: 'demo', of: { alias: 'production' }, by: 'ann', why: 'frozen', at };
    expect(await registry.mark({ ...pin, action: 'pin' })).toBe(true);
    expect(await registry.mark({ ...pin, action: 'pin' })).toBe(false);
    expect(await promote(4, 3)).toMatchObject({
      status: 'blocked',
      reason: expect.stringContaining('it is pinned by ann') as string,
    });
    expect(await registry.mark({ ...pin, action: 'unpin' })).toBe(true);
    expect(await promote(4, 3, 'again')).toMatchObject({ status: 'moved' });
    await registry.mark({ ...pin, action: 'pin' });
    expect(await registry.rollback(said)).toMatchObject({ move: { toVersion: 3 } });
  });

  it('does not move to a version that is archived, by promotion or rollback', async () => {
    await promote(2, null);
    await promote(3, 2);
    const archive = { model: 'demo', by: 'ann', why: 'old', at, action: 'archive' as const };
    await registry.mark({ ...archive, of: { version: 2 } });
    await registry.mark({ ...archive, of: { version: 4 } });
    expect(await promote(4, 3)).toMatchObject({
      status: 'blocked',
      reason: expect.stringContaining('version 4 was archived by ann') as string,
    });
    expect(await registry.rollback(said)).toMatchObject({ status: 'unavailable' });
    await registry.mark({ ...archive, of: { version: 2 }, action: 'restore' });
    expect(await registry.rollback(said)).toMatchObject({ move: { toVersion: 2 } });
  });
});
