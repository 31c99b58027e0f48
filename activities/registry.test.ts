import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Kysely } from 'kysely';
import { migrateRegistry } from '../registry/migrate.ts';
import type { RegistryTables } from '../registry/schema.ts';
import { createRegistry } from '../registry/store.ts';
import { openDatabase } from '../sql/database.ts';
import type { Dependencies } from './dependencies.ts';
import { registryActivities } from './registry.ts';
import type { Activities, OpenPromotionInput } from './types.ts';

const POLICIES = {
  production: { description: '', approvals: 0, evidence: ['evaluation' as const, 'gate-promote' as const] },
};
const AT = '2026-01-01T00:00:00.000Z';
const EVIDENCE = { uri: 'file:///evidence', sha256: 'e'.repeat(64), rows: 1 };

let database: Kysely<RegistryTables>;
let activities: Pick<Activities, 'openPromotion' | 'promoteVersion' | 'rollbackAlias' | 'findIncumbent'>;
beforeEach(async () => {
  database = await openDatabase<RegistryTables>(':memory:');
  await migrateRegistry(database);
  const registry = createRegistry(database, { policies: POLICIES });
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
    weights: { uri: 'file:///b', sha256: 'b' },
  });
  await registry.registerVersion({
    ...version,
    candidate: 'tuned',
    runId: 'run',
    weights: { uri: 'file:///t', sha256: 't' },
    evidence: EVIDENCE_REF,
  });
  const stages = () => Promise.resolve({ aliases: POLICIES });
  activities = registryActivities({ registry, stages, now: () => AT } as unknown as Dependencies);
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
    const back = { requestId: 'r1', model: 'demo', alias: 'production', by: 'ada', why: 'worse' };
    expect(await activities.rollbackAlias(back)).toEqual({ from: 2, to: 1 });
    expect(await activities.findIncumbent({ model: 'demo', alias: 'production' })).toMatchObject({ version: 1 });
  });

  it('refuses evidence that the version was not registered with: a promotion started by hand can claim anything', async () => {
    const evidence = { ...EVIDENCE, sha256: 'f'.repeat(64) };
    await expect(activities.openPromotion(promotion({ evidence }))).rejects.toThrow(
      /not the evaluation that version 2 of demo/,
    );
    await expect(activities.openPromotion(promotion({ version: 1 }))).rejects.toThrow(/was registered with \(none\)/);
  });

  it('refuses an alias without a policy', async () => {
    await expect(activities.openPromotion(promotion({ alias: 'nowhere' }))).rejects.toThrow(
      /alias 'nowhere' has no policy/,
    );
  });

  it('asks the larger of what the policy and the run ask', async () => {
    expect(await activities.openPromotion(promotion({ approvals: 2 }))).toEqual({ approvalsNeeded: 2 });
  });
});
