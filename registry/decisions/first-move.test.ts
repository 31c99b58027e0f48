import type { Kysely } from 'kysely';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { StagePolicySchema, type StagePolicy } from '../../configs/schema.ts';
import { onEachDatabase } from '../../test/support/databases.ts';
import { makeRegistry, versionOf } from '../../test/support/demo-registry.ts';
import { openUnderPolicy, promoteVersion } from '../promote.ts';
import type { RegistryTables } from '../schema.ts';
import type { Registry } from '../store.ts';

const at = '2026-11-26T10:00:00Z';
const gate = { decision: 'promote' as const, suite: 'test', candidate: 'tuned', reasons: ['better'] };
const about = { model: 'demo', alias: 'production', version: 3, incumbentVersion: null };
const said = { by: 'Ada', why: 'because', at };

onEachDatabase('the first move of an alias', ({ create }) => {
  let db: Kysely<RegistryTables>;
  let registry: Registry;
  let policy: StagePolicy;
  beforeEach(async () => {
    policy = StagePolicySchema.parse({ approvals: 0 });
    ({ db, registry } = await makeRegistry(await create(), async () => ({ production: policy })));
    // The second is nobody's base: a version that nothing was asked of.
    for (const candidate of ['base', 'other', 'tuned'])
      await registry.registerVersion(
        versionOf(candidate, {
          ...(candidate === 'tuned' && { evidence: { uri: 'file:///e', sha256: 'e' }, gate }),
          at,
        }),
      );
  });
  afterEach(() => db.destroy());

  const open = (baseVersion = 1, approvals = 0) => {
    const asked = { ...about, baseVersion, approvals, gate, evidence: { uri: 'file:///e', sha256: 'e', rows: 1 } };
    return openUnderPolicy(registry, { ...asked, promotionId: 'p', policy, at });
  };
  const move = (baseVersion = 1) => promoteVersion(registry, { ...about, baseVersion, ...said, promotionId: 'p' });
  const history = async () => (await registry.history('demo')).map(({ kind, toVersion }) => [kind, toVersion]);
  const refused = async (words: string) => {
    expect(await move()).toMatchObject({ reason: expect.stringContaining(words) as string });
    expect(await history()).toEqual([]);
    expect((await registry.promotion('p')).state).toBe('held');
    expect((await registry.checkSeals('demo')).broken).toBeUndefined();
  };

  it('goes to the base and on, in one, and again to nothing', async () => {
    await open();
    expect(await move()).toEqual({ status: 'moved', version: 3 });
    expect(await move()).toEqual({ status: 'moved', version: 3 });
    expect(await history()).toEqual([
      ['bootstrap', 1],
      ['promote', 3],
    ]);
    expect((await registry.history('demo')).at(-1)).toMatchObject({ fromVersion: 1, requestId: 'p' });
    expect((await registry.promotion('p')).state).toBe('promoted');
    expect((await registry.checkSeals('demo')).broken).toBeUndefined();
  });

  it('leaves the alias as it was where the policy refuses the promotion', async () => {
    await open();
    policy = StagePolicySchema.parse({ approvals: 1 });
    await refused('rule approvals: found 0 approvals, expected 1');
  });

  it('leaves the alias as it was where it is pinned', async () => {
    await open();
    await registry.mark({ model: 'demo', of: { alias: 'production' }, action: 'pin', ...said });
    await refused('it is pinned by Ada');
  });

  it.each([3, 1])('leaves the alias as it was where version %i was archived', async (version) => {
    await open();
    await registry.mark({ model: 'demo', of: { version }, action: 'archive', ...said });
    await refused(`version ${version} was archived by Ada`);
  });

  it('is never to what somebody names as the base, neither when it is opened nor at the move', async () => {
    const fix = 'Fix: evaluate it, which registers its base, and promote it again: npx whetstone evaluate demo@v3';
    await expect(open(2)).rejects.toThrow("baseVersion: found 2, and version 2 of demo is its candidate 'other'");
    await expect(open(2)).rejects.toThrow(fix);
    await expect(open(9)).rejects.toThrow('baseVersion: found 9, and model demo has no version 9; known: 1, 2, 3');
    expect(await registry.openPromotions()).toEqual([]);
    // One that was opened before it was asked.
    const opened = { model: 'demo', version: 3, alias: 'production', expectedVersion: 2, evidenceSha256: 'e' };
    await registry.openPromotion({ ...opened, id: 'p', reasons: [], approvalsNeeded: 0, gateDecision: 'promote', at });
    await refused("version 2 of demo is its candidate 'other'");
  });

  it('may be to what the newest evaluation of the version says', async () => {
    const made = { arm: 'tuned', configHash: 'c', against: { model: 'demo', alias: 'dev' } };
    await registry.addEvaluation({
      model: 'demo',
      version: 3,
      runId: 'again',
      evidence: { uri: 'file:///e', sha256: 'e' },
      gate,
      made: { ...made, incumbentVersion: 2, baseVersion: 2 },
      at,
    });
    await open(2);
    expect(await move(2)).toMatchObject({ status: 'moved' });
    expect(await history()).toEqual([
      ['bootstrap', 2],
      ['promote', 3],
    ]);
  });
});
