import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { registryActivities } from '../../activities/registry.ts';
import type { StagePolicy } from '../../configs/schema.ts';
import type { PromoteOutcome, PromotionProgress } from '../../contract/messages.ts';
import { openRegistry, type OpenRegistry } from '../../registry/open.ts';
import { fakeActivities } from '../support/fake-activities.ts';
import { decide, promotion, startPromotion, untilWaiting } from '../support/scenarios.ts';
import { startTestServer, withWorkers } from '../support/temporal.ts';
import { tellSettledPromotions } from '../../worker/system/lost-promotions.ts';
import type { Activities } from '../../contract/activities.ts';

/** Promotions that the registry settles while their workflow waits: a real server, workflow, activities and registry. */

let env: TestWorkflowEnvironment;
let folder: string;
let opened: OpenRegistry;
let activities: Activities;
const production: StagePolicy = { description: '', approvals: 1, evidence: ['evaluation'] };

beforeAll(async () => {
  env = await startTestServer();
  folder = await mkdtemp(join(tmpdir(), 'whetstone-settled-'));
  opened = await openRegistry({ url: join(folder, 'registry.db'), policies: { production } });
  const { registry } = opened;
  const { evidence, gate } = promotion();
  const common = { base: 'b', systemPrompt: '', sampling: { temperature: 0, maxTokens: 96 } };
  const at = new Date().toISOString();
  for (const model of ['demo', 'other'])
    for (const candidate of ['base', 'tuned', 'better'])
      await registry.registerVersion({
        ...common,
        model,
        candidate,
        runId: candidate,
        ref: { uri: `file:///${candidate}`, sha256: candidate },
        evidence: { uri: evidence.uri, sha256: evidence.sha256 },
        gate,
        at,
      });
  const now = () => new Date().toISOString();
  const stages = () => Promise.resolve({ aliases: { production } });
  const ledger = { counts: () => Promise.reject(new Error('not asked')) };
  activities = { ...fakeActivities().activities, ...registryActivities({ registry, ledger, stages, now }) };
}, 60_000);
afterAll(async () => {
  await opened?.close();
  await env?.teardown();
  await rm(folder, { recursive: true, force: true });
});

const start = async (version: number, model = 'demo') => {
  const handle = await startPromotion(env, { model, version, approvals: 1, incumbentVersion: null });
  await untilWaiting(handle);
  return handle;
};
const outcomeOf = async (handle: { result(): Promise<unknown> }) => (await handle.result()) as PromoteOutcome;

it('an older one ends by itself, says by what it was superseded, and the newer one moves the alias', async () => {
  await withWorkers(env, activities, async () => {
    const older = await start(2);
    const newer = await start(3);
    const why = `superseded by ${newer.workflowId}, which promotes version 3 and is newer`;
    expect(await outcomeOf(older)).toMatchObject({ status: 'superseded', version: 2, reasons: [why] });
    expect(await older.query<PromotionProgress, []>('promotion')).toMatchObject({ status: 'superseded', ended: why });
    await decide(newer, 'approve', { by: 'ada', why: 'reads well' });
    expect(await outcomeOf(newer)).toMatchObject({ status: 'promoted', version: 3 });
  });
});

it('one whose newer one was never heard of is told by the next look, and one that waits is left alone', async () => {
  const { registry } = opened;
  await withWorkers(env, activities, async () => {
    const older = await start(2, 'other');
    await older.signal('settled');
    expect(await tellSettledPromotions({ client: env.client, registry })).toEqual([]);
    expect((await older.describe()).status.name).toBe('RUNNING');
    // As of a worker that died between the two.
    await registry.openPromotion({
      id: 'newer',
      model: 'other',
      version: 3,
      alias: 'production',
      expectedVersion: null,
      reasons: [],
      approvalsNeeded: 1,
      at: new Date().toISOString(),
    });
    await expect
      .poll(() => tellSettledPromotions({ client: env.client, registry }), { timeout: 10_000 })
      .toEqual([older.workflowId]);
    expect(await outcomeOf(older)).toMatchObject({ status: 'superseded' });
  });
});
