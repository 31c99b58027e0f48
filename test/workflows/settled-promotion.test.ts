import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { PromoteOutcome, PromotionProgress } from '../../contract/messages.ts';
import { openRealRegistry, type RealRegistry } from '../support/real-registry.ts';
import { decide, startPromotion, untilWaiting } from '../support/scenarios.ts';
import { startTestServer, withWorkers } from '../support/temporal.ts';
import { tellSettledPromotions } from '../../worker/system/lost-promotions.ts';

/** Promotions that the registry settles while their workflow waits: a real server, workflow, activities and registry. */

let env: TestWorkflowEnvironment;
let real: RealRegistry;
beforeAll(async () => {
  env = await startTestServer();
  real = await openRealRegistry({ production: { description: '', approvals: 1, evidence: ['evaluation'] } }, [
    'demo',
    'other',
    'third',
    'fourth',
    'fifth',
  ]);
}, 60_000);
afterAll(async () => {
  await real?.close();
  await env?.teardown();
});

const start = async (version: number, model = 'demo') => {
  const handle = await startPromotion(env, { model, version, approvals: 1, incumbentVersion: null });
  await untilWaiting(handle);
  return handle;
};
/** A newer promotion that nobody tells the older one of. */
const openNewer = (model: string, id: string) =>
  real.registry.openPromotion({
    id,
    model,
    version: 3,
    alias: 'production',
    expectedVersion: null,
    reasons: [],
    approvalsNeeded: 1,
    at: new Date().toISOString(),
  });
const outcomeOf = async (handle: { result(): Promise<unknown> }) => (await handle.result()) as PromoteOutcome;

it('an older one ends by itself, says by what it was superseded, and the newer one moves the alias', async () => {
  await withWorkers(env, real.activities, async () => {
    const older = await start(2);
    const newer = await start(3);
    const why = `superseded by ${newer.workflowId}, which promotes version 3 and is newer`;
    expect(await outcomeOf(older)).toMatchObject({ status: 'superseded', version: 2, reasons: [why] });
    expect(await older.query<PromotionProgress, []>('promotion')).toMatchObject({ status: 'superseded', ended: why });
    await decide(newer, 'approve', { by: 'ada', why: 'reads well' });
    expect(await outcomeOf(newer)).toMatchObject({ status: 'promoted', version: 3 });
  });
});

it('a renewal of an older one ends as superseded by the newer one that waits, which takes approvals as before', async () => {
  await withWorkers(env, real.activities, async () => {
    const older = await start(2, 'fourth');
    const newer = await start(3, 'fourth');
    const asked = { model: 'fourth', approvals: 1, incumbentVersion: null };
    const renewed = await startPromotion(env, asked, `${older.workflowId}/again-1`);
    const why = `superseded by ${newer.workflowId}, which promotes version 3 and is newer`;
    expect(await outcomeOf(renewed)).toMatchObject({ status: 'superseded', version: 2, reasons: [why] });
    await decide(newer, 'approve', { by: 'ada', why: 'reads well' });
    expect(await outcomeOf(newer)).toMatchObject({ status: 'promoted', version: 3 });
  });
});

it('is as old as its workflow, whenever that came to open it', async () => {
  const asked = { model: 'fifth', approvals: 1, incumbentVersion: null };
  const handle = await startPromotion(env, asked);
  const { startTime } = await handle.describe();
  await withWorkers(env, real.activities, async () => {
    await untilWaiting(handle);
    const { askedAt, createdAt } = await real.registry.promotion(handle.workflowId);
    expect(askedAt).toBe(startTime.toISOString());
    expect(askedAt! < createdAt).toBe(true);
    await handle.terminate();
  });
});

it('one that expires when it is superseded already says so, and not that nobody decided', async () => {
  await withWorkers(env, real.activities, async () => {
    const asked = { model: 'third', approvals: 1, incumbentVersion: null, expiresAfterMs: 2500 };
    const older = await startPromotion(env, asked);
    await untilWaiting(older);
    await openNewer('third', 'newer of third');
    expect(await outcomeOf(older)).toMatchObject({
      status: 'superseded',
      reasons: [expect.stringMatching(/^superseded by newer of third/)],
    });
  });
});

it('one whose newer one was never heard of is told by the next look, and one that waits is left alone', async () => {
  const { registry } = real;
  await withWorkers(env, real.activities, async () => {
    const older = await start(2, 'other');
    await older.signal('settled');
    expect(await tellSettledPromotions({ client: env.client, registry })).toEqual([]);
    expect((await older.describe()).status.name).toBe('RUNNING');
    // As of a worker that died between the two.
    await openNewer('other', 'newer');
    await expect
      .poll(() => tellSettledPromotions({ client: env.client, registry }), { timeout: 10_000 })
      .toEqual([older.workflowId]);
    expect(await outcomeOf(older)).toMatchObject({ status: 'superseded' });
  });
});
