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
const said = { by: 'Ada', why: 'because', at };
const production = { model: 'demo', alias: 'production' };
const made = { configHash: 'c', dataset: { uri: 'file:///d', sha256: 'd' } };

/** Versions 1 (base), 2 and 3, of which 3 serves, and 4, which is evaluated. */
onEachDatabase('the evidence of a promotion', ({ create }) => {
  let db: Kysely<RegistryTables>;
  let registry: Registry;
  let policy: StagePolicy;
  beforeEach(async () => {
    policy = StagePolicySchema.parse({ approvals: 0, breakGlass: {} });
    ({ db, registry } = await makeRegistry(await create(), async () => ({ production: policy, staging: policy })));
    for (const candidate of ['base', 'two', 'three']) await register(candidate);
    await registry.moveAlias({ ...production, ...said, toVersion: 3, expectedVersion: null, ...first });
  });
  afterEach(() => db.destroy());

  const first = { kind: 'bootstrap' as const, promotionId: 'first' };
  const register = (candidate: string, more: Partial<Parameters<Registry['registerVersion']>[0]> = {}) =>
    registry.registerVersion(versionOf(candidate, { at, ...more }));
  /** As a run registers it, which compared it with `incumbentVersion`. */
  const tuned = (incumbentVersion?: number | null) =>
    register('tuned', {
      evidence: { uri: 'file:///e', sha256: 'e' },
      gate,
      ...(incumbentVersion !== undefined && { made: { ...made, incumbentVersion } }),
    });
  const evaluate = (sha256: string, incumbentVersion: number | null, model = 'demo') =>
    registry.addEvaluation({
      model: 'demo',
      version: 4,
      runId: sha256,
      evidence: { uri: 'file:///e', sha256 },
      gate,
      made: {
        arm: 'v4',
        configHash: 'c',
        against: { model, alias: 'production' },
        incumbentVersion,
        baseVersion: incumbentVersion ?? 1,
      },
      at,
    });
  const open = (incumbentVersion: number, sha256 = 'e', id = 'p') =>
    openUnderPolicy(registry, {
      ...production,
      promotionId: id,
      version: 4,
      incumbentVersion,
      baseVersion: 1,
      approvals: 0,
      gate,
      evidence: { uri: 'file:///e', sha256, rows: 1 },
      policy,
      at,
    });
  const move = async (incumbentVersion = 3, promotionId = 'p') => {
    const asked = { ...production, version: 4, incumbentVersion, baseVersion: 1, promotionId };
    const result = await promoteVersion(registry, { ...asked, ...said });
    return result.status === 'moved' ? 'moved' : `${result.status}: ${result.reason}`;
  };
  const fix = 'Fix: npx whetstone evaluate demo@v4 --against demo@production';
  const mismatch = (compared: string) =>
    `rule evidence: found an evaluation of demo@v4 against ${compared}, expected one against version 3, which the promotion names as what serves. ${fix}`;

  it('is against what serves, whoever says so', async () => {
    await tuned(2);
    await expect(open(3)).rejects.toThrow(`promotion p: incumbentVersion: ${mismatch('version 2')}`);
    await evaluate('other', 3, 'another');
    await expect(open(3, 'other')).rejects.toThrow(mismatch('another@production'));
    await evaluate('base', null);
    await expect(open(3, 'base')).rejects.toThrow(mismatch('nothing that served'));
    expect(await registry.openPromotions()).toEqual([]);
    await evaluate('right', 3);
    expect(await open(3, 'right')).toEqual({ approvalsNeeded: 0 });
    expect(await move()).toBe('moved');
  });

  /** To an alias of which it is said that nothing serves. */
  const openFirst = (alias = 'staging', sha256 = 'e') =>
    openUnderPolicy(registry, {
      model: 'demo',
      alias,
      promotionId: `first of ${alias} on ${sha256}`,
      version: 4,
      incumbentVersion: null,
      baseVersion: 1,
      approvals: 0,
      gate,
      evidence: { uri: 'file:///e', sha256, rows: 1 },
      policy,
      at,
    });
  const alone = (compared: string, alias = 'staging') =>
    `incumbentVersion: rule evidence: found an evaluation of demo@v4 against ${compared}, expected one beside the untuned base, for the promotion says that nothing serves. ` +
    `Fix: npx whetstone evaluate demo@v4 --against demo@${alias}`;

  it('is beside the base alone where the promotion says that nothing serves', async () => {
    await tuned(2);
    await expect(openFirst()).rejects.toThrow(alone('version 2'));
    await evaluate('other', 3, 'another');
    await expect(openFirst('staging', 'other')).rejects.toThrow(alone('another@production'));
    await evaluate('serving', 3);
    await registry.takeDown({ ...production, ...said, requestId: 'down' });
    await expect(openFirst('production', 'serving')).rejects.toThrow(alone('version 3', 'production'));
    expect(await registry.openPromotions()).toEqual([]);
    for (const [sha256, incumbent] of [
      ['nothing', null],
      ['the base', 1],
      ['itself, which stood beside its base', 4],
    ] as const) {
      await evaluate(sha256, incumbent);
      expect(await openFirst('staging', sha256)).toEqual({ approvalsNeeded: 0 });
      expect(await openFirst('production', sha256)).toEqual({ approvalsNeeded: 0 });
    }
  });

  it('is asked for at the move, too, where the promotion says that nothing serves', async () => {
    await tuned(2);
    policy = StagePolicySchema.parse({ evidence: [] });
    await openFirst();
    policy = StagePolicySchema.parse({});
    const asked = { model: 'demo', alias: 'staging', version: 4, incumbentVersion: null, baseVersion: 1 };
    expect(await promoteVersion(registry, { ...asked, promotionId: 'first of staging on e', ...said })).toMatchObject({
      status: 'refused',
      reason: expect.stringContaining(alone('version 2').replace('incumbentVersion: ', '')) as string,
    });
    expect(await registry.lastMove('demo', 'staging')).toBeUndefined();
  });

  it('is asked again at the move, under the rule as it is then', async () => {
    await tuned(2);
    policy = StagePolicySchema.parse({ evidence: [] });
    expect(await open(3)).toEqual({ approvalsNeeded: 0 });
    policy = StagePolicySchema.parse({});
    expect(await move()).toBe(`refused: demo@production: promotion p: ${mismatch('version 2')}`);
    policy = StagePolicySchema.parse({ evidence: [] });
    await open(3, 'e', 'q');
    expect(await move(3, 'q')).toBe('moved');
  });

  it('of a version of before goes on, where it is not known what it was compared with', async () => {
    await tuned();
    await open(3);
    expect(await move()).toBe('moved');
  });

  it('of a run is also against its base, and against the same weights under another number', async () => {
    await tuned(2);
    await register('three', { runId: 'twin', ref: { uri: 'file:///two', sha256: 'two' } });
    expect(await open(5)).toEqual({ approvalsNeeded: 0 });
    expect(await open(1, 'e', 'base')).toEqual({ approvalsNeeded: 0 });
  });

  it('is the newest: what was evaluated again since it was opened is promoted again', async () => {
    await tuned(3);
    await open(3);
    await evaluate('newer', 3);
    expect(await move()).toBe(
      'refused: demo@production: promotion p: rule evidence: found evaluation e, and version 4 was evaluated again since (newer), ' +
        'expected its newest evaluation. Fix: promote it again, on that: npx whetstone promote demo@v4 --alias production --why "..."',
    );
    expect((await registry.promotion('p')).state).toBe('held');
    await open(3, 'newer', 'q');
    expect(await move(3, 'q')).toBe('moved');
  });

  it('does not keep who breaks the glass', async () => {
    await tuned(3);
    policy = StagePolicySchema.parse({ approvals: 1, breakGlass: {} });
    await open(3);
    await evaluate('newer', 2);
    const decision = { promotionId: 'p', decision: 'break-glass' as const, updateId: 'u', ...said };
    expect(await registry.recordDecision(decision)).toMatchObject({ state: 'approved' });
    expect(await move()).toBe('moved');
  });
});
