import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Kysely } from 'kysely';
import { migrateRegistry } from '../registry/migrate.ts';
import type { RegistryTables } from '../registry/schema.ts';
import type { Policies } from '../registry/rules/policies.ts';
import { createRegistry, type Registry } from '../registry/store.ts';
import { appendBlock } from '../registry/versions.ts';
import { openDatabase } from '../sql/database.ts';
import { ConfigError } from '../common/config-errors.ts';
import { RunConfigSchema } from '../configs/schema.ts';
import { fakeDataset, fakeEvaluation } from '../test/support/fake-activities.ts';
import type { ControlDependencies } from './dependencies.ts';
import { registryActivities } from './registry.ts';
import type { Activities } from '../contract/activities.ts';
import type { OpenPromotionInput } from '../contract/promotion-stages.ts';

const POLICIES = {
  production: { description: '', approvals: 0, evidence: ['evaluation' as const, 'gate-promote' as const] },
  staging: { description: '', approvals: 0, evidence: [] },
};
const AT = '2026-01-01T00:00:00.000Z';
const EVIDENCE = { uri: 'file:///evidence', sha256: 'e'.repeat(64), rows: 1 };

let database: Kysely<RegistryTables>;
let activities: Pick<
  Activities,
  'openPromotion' | 'promoteVersion' | 'rollbackAlias' | 'findIncumbent' | 'registerCandidate'
>;
let registry: Registry;
beforeEach(async () => {
  database = await openDatabase<RegistryTables>(':memory:');
  await migrateRegistry(database);
  registry = createRegistry(database, { policies: POLICIES });
  const version = {
    model: 'demo',
    base: 'tiny-llama',
    systemPrompt: '',
    sampling: { temperature: 0, maxTokens: 96 },
    at: AT,
  };
  await registry.registerVersion({
    ...version,
    candidate: 'base',
    runId: 'base',
    ref: { uri: 'file:///b', sha256: 'b' },
  });
  await registry.registerVersion({
    ...version,
    candidate: 'tuned',
    runId: 'run',
    ref: { uri: 'file:///t', sha256: 't' },
    evidence: EVIDENCE_REF,
  });
  const stages = () => Promise.resolve({ aliases: POLICIES });
  activities = registryActivities({ registry, stages, now: () => AT } as unknown as ControlDependencies);
});
afterEach(() => database.destroy());

const EVIDENCE_REF = { uri: EVIDENCE.uri, sha256: EVIDENCE.sha256 };
const promotion = (overrides: Partial<OpenPromotionInput> = {}): OpenPromotionInput => ({
  promotionId: 'promote/demo',
  model: 'demo',
  version: 2,
  alias: 'production',
  incumbentVersion: null,
  baseVersion: 1,
  approvals: 0,
  evidence: EVIDENCE,
  gate: { decision: 'promote', suite: 'test', candidate: 'tuned', reasons: ['better'] },
  ...overrides,
});
const move = {
  promotionId: 'promote/demo',
  model: 'demo',
  version: 2,
  alias: 'production',
  incumbentVersion: null,
  baseVersion: 1,
  by: 'ada',
  why: 'better',
};

describe('promoting', () => {
  it('points the alias at the base first where nothing serves, so that the first promotion can be rolled back', async () => {
    await activities.openPromotion(promotion());
    expect(await activities.promoteVersion(move)).toEqual({ status: 'moved', version: 2 });
    expect(await activities.promoteVersion(move)).toEqual({ status: 'moved', version: 2 });
    const back = { requestId: 'r1', model: 'demo', alias: 'production', by: 'ada', why: 'worse', base: true };
    expect(await activities.rollbackAlias(back)).toEqual({ from: 2, to: 1, withdrawn: 2 });
    expect(await activities.findIncumbent({ model: 'demo', alias: 'production' })).toMatchObject({ version: 1 });
  });

  it('refuses evidence that the version was not registered with: a promotion started by hand can claim anything', async () => {
    const evidence = { ...EVIDENCE, sha256: 'f'.repeat(64) };
    await expect(activities.openPromotion(promotion({ evidence }))).rejects.toThrow(
      /not the newest evaluation of version 2 of demo/,
    );
    await expect(activities.openPromotion(promotion({ version: 1 }))).rejects.toThrow(/version 1 of demo \(none\)/);
  });

  it('refuses an alias without a policy', async () => {
    await expect(activities.openPromotion(promotion({ alias: 'nowhere' }))).rejects.toThrow(
      /alias 'nowhere' has no policy/,
    );
  });

  it('is closed in the registry where its move is refused or blocked (F31)', async () => {
    // One of before, when the gate's word was asked at the move alone.
    const held = { reasons: [], gateDecision: 'hold' as const, evidenceSha256: EVIDENCE.sha256, approvalsNeeded: 0 };
    const opened = { id: 'promote/demo', model: 'demo', version: 2, alias: 'production', expectedVersion: 1, at: AT };
    await registry.openPromotion({ ...opened, ...held });
    const refused = await activities.promoteVersion(move);
    expect(refused).toMatchObject({ status: 'refused' });
    const { state } = await registry.promotion('promote/demo');
    expect([state, (await registry.decisions('promote/demo')).at(-1)?.why]).toEqual([
      'held',
      'reason' in refused && refused.reason,
    ]);

    // What never moved is where it was.
    expect(await registry.history('demo')).toEqual([]);
    const { version: _version, incumbentVersion: _none, baseVersion: _base, ...first } = move;
    const toBase = { toVersion: 1, expectedVersion: null, kind: 'bootstrap' as const, promotionId: 'base', at: AT };
    await registry.moveAlias({ ...first, ...toBase });
    // A promotion that waits in the registry alone.
    await activities.openPromotion(promotion({ promotionId: 'promote/waits', incumbentVersion: 1, approvals: 1 }));
    const waits = { ...move, promotionId: 'promote/waits', incumbentVersion: 1 };
    expect(await activities.promoteVersion(waits)).toMatchObject({ status: 'refused' });
    expect((await registry.promotion('promote/waits')).state).toBe('held');
  });

  it('says that the base is withdrawn, where nothing serves and the first move is to it', async () => {
    await activities.openPromotion(promotion({ promotionId: 'staged', alias: 'staging' }));
    await appendBlock(database, { model: 'demo', version: 1, action: 'block', by: 'ada', why: 'worse', at: AT });
    expect(await activities.promoteVersion({ ...move, promotionId: 'staged', alias: 'staging' })).toMatchObject({
      status: 'blocked',
      reason: expect.stringContaining('version 1 was withdrawn by ada') as string,
    });
    expect(await registry.history('demo', 'staging')).toEqual([]);
    expect((await registry.promotion('staged')).state).toBe('held');
  });

  it('knows what serves with its own prompt and sampling, and a base under another prompt as another version (F32)', async () => {
    await activities.openPromotion(promotion());
    await activities.promoteVersion(move);
    expect(await activities.findIncumbent({ model: 'demo', alias: 'production' })).toEqual({
      version: 2,
      model: { uri: 'file:///t', sha256: 't' },
      servedAs: { systemPrompt: '', temperature: 0, maxTokens: 96 },
    });
    const register = async (systemPrompt: string) => {
      const config = RunConfigSchema.parse({ name: 'fresh', documents: 'docs', serving: { systemPrompt } });
      const { baseVersion } = await activities.registerCandidate({
        runId: `run of ${systemPrompt}`,
        config,
        configHash: 'c',
        base: { uri: 'file:///b', sha256: 'b' },
        candidate: {
          name: 'tiny-sft',
          trained: { model: { uri: 'file:///t', sha256: 't' }, trainSeconds: 1, steps: 1 },
        },
        evidence: EVIDENCE,
        incumbentVersion: null,
        dataset: fakeDataset,
        evaluation: fakeEvaluation(0.5),
        gate: promotion().gate,
      });
      return (await registry.getVersion('fresh', baseVersion)).systemPrompt;
    };
    expect([await register('Be brief.'), await register('Be kind.'), await register('Be brief.')]).toEqual([
      'Be brief.',
      'Be kind.',
      'Be brief.',
    ]);
    expect(await registry.listVersions('fresh')).toHaveLength(4);
  });

  it('asks the larger of what the policy and the run ask', async () => {
    expect(await activities.openPromotion(promotion({ approvals: 2 }))).toEqual({
      approvalsNeeded: 2,
      breakGlass: { who: 'nobody', signed: false },
    });
  });
});

describe('rules that can not be read', () => {
  const broken = () => Promise.reject(new ConfigError(['configs/stages.yaml:3: not valid YAML']));
  const control = (policies: () => Promise<Policies>) =>
    registryActivities({
      registry: createRegistry(database, { policies }),
      stages: () => policies().then((aliases) => ({ aliases })),
      now: () => AT,
    } as unknown as ControlDependencies);

  it('ask for no evaluation, or for one, which an opened promotion says', async () => {
    const rule = { production: { ...POLICIES.production, evidence: [] } };
    const free = control(() => Promise.resolve(rule));
    expect(await free.openPromotion(promotion({ promotionId: 'free' }))).toMatchObject({ evaluation: false });
    const asked = control(() => Promise.resolve(POLICIES));
    expect(await asked.openPromotion(promotion({ promotionId: 'asked' }))).not.toHaveProperty('evaluation');
  });

  it('end no promotion: its opening and its move are tried again, and a decision is refused in words', async () => {
    const none = control(broken);
    const later = {
      type: 'whetstone.policy',
      nonRetryable: false,
      message: expect.stringContaining('stages.yaml:3') as string,
    };
    await expect(none.openPromotion(promotion({ approvals: 1 }))).rejects.toMatchObject(later);
    const good = control(() => Promise.resolve(POLICIES));
    await good.openPromotion(promotion({ approvals: 1 }));
    const said = { promotionId: 'promote/demo', decision: 'approve' as const, by: 'ada', why: 'fine', updateId: 'u' };
    expect(await none.recordDecision(said)).toMatchObject({
      status: 'refused',
      message: expect.stringMatching(
        /stages\.yaml:3: not valid YAML\. Nothing was changed: mend the file, and decide again/,
      ) as string,
    });
    expect(await good.recordDecision(said)).toMatchObject({ status: 'recorded', moves: true, approvals: 1, seq: 1 });
    await expect(none.promoteVersion(move)).rejects.toMatchObject(later);
    expect((await registry.promotion('promote/demo')).state).toBe('approved');
    expect(await good.promoteVersion(move)).toMatchObject({ status: 'moved' });
  });
});
