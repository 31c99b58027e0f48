import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { WorkflowHandle } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { StagePolicySchema } from '../../configs/schema.ts';
import type { PersonsDecision } from '../../contract/deciding.ts';
import { OUTCOME, WAITING_FOR, type PromoteOutcome, type PromotionProgress } from '../../contract/messages.ts';
import { TASK_QUEUES } from '../../contract/queues.ts';
import { decide } from '../../operations/decide.ts';
import { createKey } from '../../operations/identity/keys.ts';
import { listRuns } from '../../operations/list-runs.ts';
import { breakGlass, printedReview } from '../../operations/promotions/break-glass.ts';
import { historyOf } from '../../operations/promotions/history.ts';
import type { Role } from '../../schema/identity.ts';
import { openRealRegistry, type RealRegistry } from '../support/real-registry.ts';
import { failureOf, startPromotion, untilWaiting } from '../support/scenarios.ts';
import { startTestServer, withWorkers } from '../support/temporal.ts';

/** What people say to a promotion that waits: a real server, the real workflow, activities and registry. */

let env: TestWorkflowEnvironment;
let real: RealRegistry;
const MODELS = ['changes', 'late', 'lost', 'glass', 'slow', 'unheard', 'expired', 'mended', 'signed'];
beforeAll(async () => {
  env = await startTestServer();
  const rule = { description: '', approvals: 1, evidence: ['evaluation' as const] };
  real = await openRealRegistry(
    { production: { ...rule, breakGlass: { reviewWithin: '48h' }, remind: ['10%'] } },
    MODELS,
  );
}, 60_000);
afterAll(async () => {
  await real?.close();
  await env?.teardown();
});

const start = async (model: string, more: { expiresAfterMs?: number } = {}) => {
  const handle = await startPromotion(env, { model, approvals: 1, incumbentVersion: null, ...more });
  await untilWaiting(handle);
  return handle;
};
const say = (handle: WorkflowHandle, decision: PersonsDecision, by: string, patienceMs?: number) =>
  decide({
    client: env.client,
    promotion: handle.workflowId,
    decision,
    input: { by, why: `says ${by}` },
    ...(patienceMs && { patienceMs }),
  });
const outcomeOf = async (handle: WorkflowHandle) => (await handle.result()) as PromoteOutcome;
const progress = (handle: WorkflowHandle) => handle.query<PromotionProgress>('promotion');
const detailsOf = (handle: WorkflowHandle) => handle.query<string>('__temporal_workflow_metadata').then(JSON.stringify);

it('changes that are asked for keep the alias where it is, whoever approves, until the same person withdraws that', async () => {
  await withWorkers(env, real.activities, async () => {
    const handle = await start('changes');
    const listed = async () =>
      (await listRuns(env.client, 20)).find(({ workflowId }) => workflowId === handle.workflowId);
    await vi.waitFor(async () => expect(await listed()).toBeDefined(), { timeout: 30_000, interval: 500 });
    expect((await listed())!.notes.join()).not.toContain('changes asked for');
    expect((await say(handle, 'request-changes', 'Ada Long')).text).toMatch(
      /^changes requested by Ada Long; the alias stays until Ada Long approves or withdraws/,
    );
    expect((await say(handle, 'approve', 'Bob')).text).toBe(
      'approved by Bob; Ada Long asks for changes, so the alias stays',
    );
    expect(await progress(handle)).toMatchObject({
      approvals: 1,
      requests: [{ by: 'Ada Long', why: 'says Ada Long' }],
    });
    expect(await detailsOf(handle)).toContain('**Changes are asked for** by Ada Long: says Ada Long');
    expect((await listed())!.notes).toContain('changes asked for by Ada Long: says Ada Long');
    await expect(say(handle, 'withdraw', 'Cy')).rejects.toThrow(/Cy has asked for no changes; Ada Long has/);
    expect((await say(handle, 'withdraw', 'ada  LONG')).text).toBe(
      'request withdrawn by ada  LONG; the alias moves now',
    );
    expect(await outcomeOf(handle)).toMatchObject({
      status: 'promoted',
      reasons: [expect.stringMatching(/decided by Bob$/)],
    });
  });
});

it('a promotion that is not decided on is reminded of, says until when it waits, and expires all the same', async () => {
  await withWorkers(env, real.activities, async () => {
    const handle = await start('slow', { expiresAfterMs: 6000 });
    const waits = async () => (await handle.describe()).typedSearchAttributes.get(WAITING_FOR) ?? '';
    expect(await waits()).toMatch(/^approval of slow version 2 for production, until \d{4}-\d\d-\d\d \d\d:\d\d UTC$/);
    await say(handle, 'request-changes', 'Ada');
    await expect
      .poll(waits, { timeout: 5000 })
      .toMatch(/^approval of slow version 2 for production for 0 minutes, until/);
    expect((await progress(handle)).reminders).toHaveLength(1);
    expect(await detailsOf(handle)).toMatch(/It expires on .* UTC, and was reminded of on .* UTC/);
    const outcome = await outcomeOf(handle);
    expect(outcome).toMatchObject({
      status: 'held',
      reasons: [expect.stringMatching(/nobody decided within .*; Ada asked for changes: says Ada/)],
    });
    expect((await real.registry.promotion(handle.workflowId)).state).toBe('expired');
    const events = (await real.registry.outbox.after(0, 1000)).filter(({ model }) => model === 'slow');
    const told = events.map(({ type }) => type).filter((type) => type !== 'version.registered');
    expect(told).toEqual(['approval.wanted', 'approval.decided', 'approval.reminded', 'promotion.expired']);
  });
});

const review = async (input: unknown) =>
  env.client.workflow.start('reviewPromotion', {
    workflowId: `review-${randomUUID()}`,
    taskQueue: TASK_QUEUES.control,
    args: [input],
  });
const reviewedEvents = async (promotionId: string) =>
  (await real.registry.outbox.after(0, 1000)).filter(
    ({ type, data }) => type === 'promotion.reviewed' && data.promotionId === promotionId,
  );

it('a person moves the alias at once where its rule lets them, whatever is stale, and another reviews it from the Temporal UI', async () => {
  const findStaleSuites = () => Promise.reject(ApplicationFailure.nonRetryable('nobody is waited for'));
  await withWorkers(env, { ...real.activities, findStaleSuites }, async () => {
    const handle = await start('glass');
    await say(handle, 'request-changes', 'Ada');
    expect((await say(handle, 'break-glass', 'Root')).text).toMatch(
      /^moved past its rule by Root; the alias moves now\. Another person reviews it until \d{4}-.*: npx whetstone review promote-/,
    );
    expect(await outcomeOf(handle)).toMatchObject({
      status: 'promoted',
      reasons: [expect.stringMatching(/decided by Root$/)],
    });
    expect((await real.registry.history('glass')).at(-1)).toMatchObject({
      kind: 'break-glass',
      by: 'Root',
      why: 'says Root',
    });
    expect(await real.registry.owedReviews('glass')).toMatchObject([{ promotionId: handle.workflowId, by: 'Root' }]);
    expect(JSON.parse(await detailsOf(handle))).toMatchObject({
      currentDetails: expect.stringContaining(`\`{"promotion": "${handle.workflowId}", "by": "your name"`) as string,
    });

    const promotion = handle.workflowId;
    const refusedWith = async (input: unknown) => (await failureOf(await review(input)))?.message;
    expect(await refusedWith({ promotion })).toMatch(/^reviewPromotion: by: .*Use an input such as \{"promotion"/);
    expect(await refusedWith({ promotion: 'promote/none', by: 'Ada', why: 'x' })).toMatch(
      /no promotion "promote\/none"/,
    );
    expect(await refusedWith({ promotion, by: 'ROOT ', why: 'x' })).toMatch(/Root did it: another person must review/);
    const given = await review({ promotion, by: 'Ada', why: 'was right' });
    expect(await given.result()).toEqual({ promotion, by: 'Ada', model: 'glass', alias: 'production', version: 2 });
    expect((await given.describe()).typedSearchAttributes.get(OUTCOME)).toMatch(
      /^reviewed: by Ada: the move of production of glass to version 2/,
    );
    expect(await refusedWith({ promotion, by: 'Bob', why: 'me too' })).toMatch(/reviewed by Ada at .* already/);
    expect(await real.registry.owedReviews('glass')).toEqual([]);
    expect(await reviewedEvents(promotion)).toMatchObject([{ data: { by: 'Ada', why: 'was right' } }]);
  });
});

it('a review of a signed alias takes what its signer printed, once, and nothing else', async () => {
  const { registry, policies } = real;
  policies.signed = StagePolicySchema.parse({ authenticated: true, breakGlass: { roles: ['admin'] } });
  const home = await mkdtemp(join(tmpdir(), 'whetstone-review-'));
  const keyOf = async (subject: string, role: Role) =>
    (await createKey(registry, { subject, roles: [role], by: 'root' }, { XDG_CONFIG_HOME: home })).file!;
  const [root, ada, vic] = [await keyOf('Root', 'admin'), await keyOf('Ada', 'approver'), await keyOf('Vic', 'viewer')];
  const asked = { model: 'signed', version: 2, alias: 'signed', by: 'x', why: 'wrong doses' };
  const { promotion } = await breakGlass(registry, asked, { keyFile: root });
  const earlier = await breakGlass(registry, { ...asked, version: 3 }, { keyFile: root });
  const ask = <T>(work: (of: typeof registry) => Promise<T>) => work(registry);
  const print = (keyFile: string, of = promotion, hours = 1) =>
    printedReview(ask, { promotion: of, why: 'was right' }, { keyFile, hours });
  const printed = await print(ada);
  await withWorkers(env, real.activities, async () => {
    const refusals: [unknown, RegExp][] = [
      [{ promotion, by: 'Ada', why: 'was right' }, /signed takes signed reviews only: npx whetstone review .* --sign/],
      [{ ...printed, why: 'was wrong' }, /something was changed after signing/],
      [{ ...printed, by: 'Bob' }, /something was changed after signing/],
      [{ ...(await print(ada, earlier.promotion)), promotion }, /it was signed for another promotion/],
      [await print(root), /Root did it: another person must review it/],
      [await print(vic), /has the role viewer, and to review takes approver or admin/],
      [await print(ada, promotion, 1e-9), /the signature expired at/],
    ];
    for (const [input, words] of refusals) expect((await failureOf(await review(input)))?.message).toMatch(words);
    expect(await reviewedEvents(promotion)).toEqual([]);
    expect(await (await review(printed)).result()).toMatchObject({ promotion, by: 'Ada', version: 2 });
    expect((await failureOf(await review(printed)))?.message).toMatch(/reviewed by Ada at .* already/);
  });
  expect(await reviewedEvents(promotion)).toHaveLength(1);
  const text = (await historyOf(registry, { model: 'signed' })).map((one) => one.text).join('\n');
  expect(text).toMatch(/version 2 {2}reviewed by Ada \(signed by key [0-9a-f]{16}\): was right/);
  expect(text).toContain(`npx whetstone review ${earlier.promotion} --why "..." --sign`);
  await rm(home, { recursive: true, force: true });
});

describe('a decision while no worker runs', () => {
  it('is told to be kept and not to count yet, and counts once when a worker starts; what does not count says so on the page', async () => {
    const [late, lost] = await withWorkers(env, real.activities, () => Promise.all([start('late'), start('lost')]));
    const said = await say(late, 'approve', 'Ada', 1500);
    expect(said.counted).toBe(false);
    expect(said.text).toMatch(
      /^Nobody has answered for 1\.5 s: no worker runs.*signal 'decide'.*nothing has moved yet\. Start one/,
    );
    expect(await real.registry.decisions(late.workflowId)).toEqual([]);
    // A server that is stopped forgets Updates that nobody has taken: the signal alone comes through.
    const signal = (input: object) => lost.signal('decide', input);
    await signal({ decision: 'withdraw', by: 'Ada', why: 'x' });
    await signal({ decision: 'agree', by: 'Ada', why: 'x' });
    const id = randomUUID();
    await signal({ decision: 'request-changes', by: 'Ada', why: 'a source', id });
    await signal({ decision: 'request-changes', by: 'Ada', why: 'a source', id });

    await withWorkers(env, real.activities, async () => {
      expect(await outcomeOf(late)).toMatchObject({ status: 'promoted' });
      // The Update came through as well: both are one decision.
      expect(await real.registry.decisions(late.workflowId)).toMatchObject([{ decision: 'approve', by: 'Ada' }]);
      await expect
        .poll(async () => (await progress(lost)).requests, { timeout: 20_000 })
        .toEqual([{ by: 'Ada', why: 'a source' }]);
      const { notCounted = [], decisions } = await progress(lost);
      expect(decisions).toHaveLength(1);
      expect(notCounted).toEqual([
        expect.stringMatching(/Ada has asked for no changes; nobody has/),
        expect.stringMatching(/^decide: decision: .*Use an input such as \{"decision": "approve"/),
      ]);
      expect(await detailsOf(lost)).toContain('**not counted**, sent as a signal: decide: decision');
      await signal({ decision: 'approve', by: 'Ada', why: 'the source is there' });
      expect(await outcomeOf(lost)).toMatchObject({ status: 'promoted' });
    });
  });

  it('does not count once the promotion has expired: the alias stays, and the page says why', async () => {
    const handle = await withWorkers(env, real.activities, () => start('expired', { expiresAfterMs: 1500 }));
    await sleep(1600);
    await handle.signal('decide', { decision: 'approve', by: 'Ada', why: 'late' });
    await withWorkers(env, real.activities, async () => {
      expect(await outcomeOf(handle)).toMatchObject({
        status: 'held',
        reasons: [expect.stringMatching(/^nobody decided/)],
      });
      expect((await progress(handle)).notCounted).toEqual([
        expect.stringMatching(/: it expired at \d{4}-.*received at/),
      ]);
    });
    expect((await real.registry.promotion(handle.workflowId)).state).toBe('expired');
    expect(await real.registry.history('expired')).toEqual([]);
  });

  it('is refused in words where the promotion has ended', async () => {
    await withWorkers(env, real.activities, async () => {
      const handle = await start('unheard');
      await say(handle, 'reject', 'Ada');
      await outcomeOf(handle);
      await expect(say(handle, 'approve', 'Bob')).rejects.toThrow(/has already ended \(rejected: rejected by Ada/);
    });
  });
});

describe('a decision that is refused and comes again under its id', () => {
  it.each(['update', 'signal'] as const)('as %s counts as the registry has it, once', async (how) => {
    let broken = true;
    let refusals = 0;
    const recordDecision: typeof real.activities.recordDecision = async (input) => {
      if (!broken) return real.activities.recordDecision(input);
      refusals += 1;
      return { status: 'refused', message: 'stages.yaml:3: not valid YAML' };
    };
    await withWorkers(env, { ...real.activities, recordDecision }, async () => {
      const handle = await start('mended');
      const [id, said] = [randomUUID(), { by: 'Ada', why: 'too curt' }];
      const signal = () => handle.signal('decide', { decision: 'reject', ...said, id });
      const update = () => handle.executeUpdate('reject', { args: [said], updateId: id });
      await (how === 'update' ? signal() : update().catch(() => {}));
      await expect.poll(() => refusals, { timeout: 10_000 }).toBe(1);
      broken = false;
      await (how === 'update' ? update() : signal());
      expect(await outcomeOf(handle)).toMatchObject({ status: 'rejected', reasons: ['rejected by Ada: too curt'] });
      expect((await progress(handle)).decisions).toEqual([{ decision: 'reject', by: 'Ada', why: 'too curt' }]);
      expect(await real.registry.decisions(handle.workflowId)).toHaveLength(1);
    });
  });
});
