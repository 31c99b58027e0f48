import { ApplicationFailure } from '@temporalio/common';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { OpenPromotionInput, PromoteVersionInput, RecordDecisionInput } from '../../contract/promotion-stages.ts';
import { startRequested } from '../../operations/promotions/promote.ts';
import type { PromoteOutcome } from '../../contract/messages.ts';
import { fakeActivities } from '../support/fake-activities.ts';
import { decide, promotion, startPromotion, untilWaiting } from '../support/scenarios.ts';
import { startTestServer, withWorkers } from '../support/temporal.ts';

let env: TestWorkflowEnvironment;
beforeAll(async () => void (env = await startTestServer()), 60_000);
afterAll(() => env?.teardown());

const outcomeOf = async (handle: { result(): Promise<unknown> }) => (await handle.result()) as PromoteOutcome;
const ada = { by: 'ada', why: 'reads well' };
const bob = { by: 'bob', why: 'agreed' };

describe('promoteModel', () => {
  it('moves the alias once the approval asked for has been given, and says by whom', async () => {
    await withWorkers(env, fakeActivities().activities, async () => {
      const handle = await startPromotion(env);
      await untilWaiting(handle);
      expect(await decide(handle, 'approve', ada)).toContain('approved by ada');
      expect(await outcomeOf(handle)).toMatchObject({
        status: 'promoted',
        version: 2,
        reasons: [expect.stringContaining('ada')],
      });
    });
  });

  it('keeps what serves when rejected', async () => {
    const { activities, calls } = fakeActivities();
    await withWorkers(env, activities, async () => {
      const handle = await startPromotion(env);
      await untilWaiting(handle);
      await decide(handle, 'reject', { by: 'ada', why: 'too curt' });
      expect(await outcomeOf(handle)).toMatchObject({ status: 'rejected', reasons: ['rejected by ada: too curt'] });
    });
    expect(calls).not.toContain('promoteVersion');
  });

  it.each([
    ['cancelled', 'its workflow was cancelled'],
    ['failed', 'its workflow failed: no such version'],
  ])('is closed in the registry when it is %s (F31)', async (how, why) => {
    const closed: unknown[] = [];
    const { activities } = fakeActivities({
      closePromotion: async (input) => void closed.push(input),
      promoteVersion: () => Promise.reject(ApplicationFailure.nonRetryable('no such version')),
    });
    await withWorkers(env, activities, async () => {
      const handle = await startPromotion(env, { approvals: how === 'cancelled' ? 1 : 0 });
      if (how === 'cancelled') {
        await untilWaiting(handle);
        await handle.cancel();
      }
      await expect(handle.result()).rejects.toThrow('Workflow execution');
      expect(closed).toEqual([{ promotionId: handle.workflowId, why }]);
    });
  });

  it('that a person asked for against the gate says so in the registry and on its page', async () => {
    const opened: OpenPromotionInput[] = [];
    const moved: PromoteVersionInput[] = [];
    const { activities } = fakeActivities({
      openPromotion: async (input) => {
        opened.push(input);
        return { approvalsNeeded: 1 };
      },
      promoteVersion: async (input) => {
        moved.push(input);
        return { status: 'moved', version: input.version };
      },
    });
    await withWorkers(env, activities, async () => {
      const request = { by: 'cleo', why: 'the new price is right', override: true };
      const gate = { decision: 'hold' as const, suite: 'test', candidate: 'tuned', reasons: ['too near'] };
      const workflowId = await startRequested(env.client, promotion({ gate, request, approvals: 0, version: 7 }));
      expect(workflowId).toMatch(/^promote\/demo\/production\/v7-[0-9a-f]{8}$/);
      const handle = env.client.workflow.getHandle(workflowId);
      await untilWaiting(handle);
      await decide(handle, 'approve', ada);
      expect(await outcomeOf(handle)).toMatchObject({ status: 'promoted', version: 7 });
      expect(opened[0]).toMatchObject({ request, gate });
      expect(moved[0]).toMatchObject({
        by: 'ada',
        why: 'override: the new price is right (asked by cleo); reads well',
      });
    });
  });

  it('writes a decision to the registry before its Update returns', async () => {
    const recorded: RecordDecisionInput[] = [];
    const { activities } = fakeActivities({
      recordDecision: async (input) => {
        recorded.push(input);
        return { status: 'recorded' };
      },
    });
    await withWorkers(env, activities, async () => {
      const handle = await startPromotion(env, { approvals: 2 });
      await untilWaiting(handle);
      await decide(handle, 'approve', ada);
      expect(recorded).toEqual([
        {
          promotionId: handle.workflowId,
          decision: 'approve',
          ...ada,
          updateId: expect.stringMatching(/.+/),
          receivedAt: expect.stringMatching(/^\d{4}-.*Z$/),
        },
      ]);
      await handle.terminate();
    });
  });

  it('gives what proves a decision to the registry, and shows which key signed', async () => {
    const recorded: RecordDecisionInput[] = [];
    const { activities } = fakeActivities({
      recordDecision: async (input) => {
        recorded.push(input);
        return { status: 'recorded' };
      },
    });
    const signed = {
      promotion: 'p',
      decision: 'approve' as const,
      evidence: 'evidence',
      key: 'ab12',
      signature: 'AAAA',
      at: '2026-11-26T10:00:00Z',
      expires: '2026-11-27T10:00:00Z',
      nonce: 'n'.repeat(16),
    };
    await withWorkers(env, activities, async () => {
      const handle = await startPromotion(env, { approvals: 2 });
      await untilWaiting(handle);
      await expect(decide(handle, 'approve', { ...ada, signed: { ...signed, nonce: '' } })).rejects.toMatchObject({
        cause: { message: expect.stringContaining('signed.nonce') },
      });
      await decide(handle, 'approve', { ...ada, signed });
      expect(recorded).toMatchObject([{ ...ada, proof: signed }]);
      expect(await handle.query('promotion')).toMatchObject({
        evidence: 'evidence',
        decisions: [{ decision: 'approve', ...ada, key: 'ab12' }],
      });
      await handle.terminate();
    });
  });

  it('refuses a second decision of the same person and asks for another one', async () => {
    await withWorkers(env, fakeActivities().activities, async () => {
      const handle = await startPromotion(env, { approvals: 2 });
      await untilWaiting(handle);
      expect(await decide(handle, 'approve', ada)).toContain('1 more needed');
      await expect(decide(handle, 'reject', ada)).rejects.toMatchObject({
        cause: { message: expect.stringContaining('ada has already decided') },
      });
      await expect(decide(handle, 'approve', { by: ' ＡＤＡ ', why: 'again' })).rejects.toMatchObject({
        cause: { message: expect.stringContaining('has already decided') },
      });
      await decide(handle, 'approve', bob);
      expect(await outcomeOf(handle)).toMatchObject({ status: 'promoted' });
    });
  });

  it('refuses a decision after the first one, naming who decided', async () => {
    let release = () => {};
    const moved = new Promise<void>((resolve) => (release = resolve));
    const { activities } = fakeActivities({
      promoteVersion: async ({ version }) => moved.then(() => ({ status: 'moved', version })),
    });
    await withWorkers(env, activities, async () => {
      const handle = await startPromotion(env);
      await untilWaiting(handle);
      await decide(handle, 'approve', ada);
      await expect(decide(handle, 'reject', bob)).rejects.toMatchObject({
        cause: { message: expect.stringMatching(/already (decided|approved).*ada.*nothing was changed/) },
      });
      release();
      expect(await outcomeOf(handle)).toMatchObject({ status: 'promoted' });
    });
  });

  it.each([undefined, {}, { by: 'ada' }, { by: '', why: 'x' }, { by: 'ada', why: ' ' }])(
    'refuses a decision of the wrong shape: %j',
    async (input) => {
      await withWorkers(env, fakeActivities().activities, async () => {
        const handle = await startPromotion(env);
        await untilWaiting(handle);
        const sent = handle.executeUpdate('approve', { args: [input] });
        await expect(sent).rejects.toMatchObject({
          cause: { message: expect.stringContaining('{"by": "your name", "why": "the reason"}') },
        });
        await handle.terminate();
      });
    },
  );

  it('expires to hold when nobody decides, and writes that down', async () => {
    const recorded: string[] = [];
    const { activities, calls } = fakeActivities({
      recordDecision: async ({ decision }) => {
        recorded.push(decision);
        return { status: 'recorded' };
      },
    });
    await withWorkers(env, activities, async () => {
      const handle = await startPromotion(env, { expiresAfterMs: 200 });
      expect(await outcomeOf(handle)).toMatchObject({
        status: 'held',
        reasons: [expect.stringContaining('nobody decided')],
      });
    });
    expect(recorded).toEqual(['expire']);
    expect(calls).not.toContain('promoteVersion');
  });

  it('asks nobody when neither the alias nor the run does', async () => {
    const { activities, calls } = fakeActivities();
    await withWorkers(env, activities, async () => {
      expect(await outcomeOf(await startPromotion(env, { approvals: 0 }))).toMatchObject({
        status: 'promoted',
        reasons: [expect.stringContaining('the gate')],
      });
    });
    expect(calls).toEqual(['openPromotion', 'findStale', 'findStaleSuites', 'promoteVersion']);
  });

  it("asks what the alias's policy asks, when the run asks for less", async () => {
    const { activities } = fakeActivities({ openPromotion: async () => ({ approvalsNeeded: 1 }) });
    await withWorkers(env, activities, async () => {
      const handle = await startPromotion(env, { approvals: 0 });
      await untilWaiting(handle);
      await decide(handle, 'approve', ada);
      expect(await outcomeOf(handle)).toMatchObject({ status: 'promoted' });
    });
  });

  it('holds when another version came to serve meanwhile', async () => {
    const { activities } = fakeActivities({
      promoteVersion: async () => ({ status: 'conflict', reason: 'version 5 serves now' }),
    });
    await withWorkers(env, activities, async () => {
      expect(await outcomeOf(await startPromotion(env, { approvals: 0 }))).toMatchObject({
        status: 'held',
        reasons: ['version 5 serves now'],
      });
    });
  });
});
