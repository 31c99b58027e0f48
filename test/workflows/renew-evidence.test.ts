import { ApplicationFailure } from '@temporalio/common';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { Activities } from '../../contract/activities.ts';
import type { PromoteInput, PromoteOutcome } from '../../contract/messages.ts';
import type { EvidenceInput, OpenPromotionInput } from '../../contract/promotion-stages.ts';
import { fakeActivities, fakeEvaluation } from '../support/fake-activities.ts';
import { decide, startPromotion, untilWaiting } from '../support/scenarios.ts';
import { startTestServer, withWorkers } from '../support/temporal.ts';

let env: TestWorkflowEnvironment;
beforeAll(async () => void (env = await startTestServer()), 60_000);
afterAll(() => env?.teardown());

const evidence = { uri: 'file:///new', sha256: 'new', rows: 1 };
const ada = { by: 'ada', why: 'reads well' };
const outcomeOf = async (handle: { result(): Promise<unknown> }) => (await handle.result()) as PromoteOutcome;

/** A registry in which version 7 serves, whatever the promotions here think. */
function withStale(overrides: Partial<Activities> = {}, difference = 0.5) {
  const opened: OpenPromotionInput[] = [];
  const closed: { promotionId: string; why: string }[] = [];
  const { activities, calls } = fakeActivities({
    openPromotion: async (input) => {
      opened.push(input);
      return { approvalsNeeded: input.approvals };
    },
    closePromotion: async (input) => void closed.push(input),
    findIncumbent: async () => ({ version: 7, model: { uri: 'file:///7', sha256: '7' } }),
    findStale: async ({ incumbentVersion }) =>
      incumbentVersion === 7 ? [] : ['production of demo serves version 7, and it was compared with version 1'],
    compareArms: async () => ({ evaluation: fakeEvaluation(difference), evidence, table: '| new |', sample: null }),
    ...overrides,
  });
  return { activities, calls, opened, closed };
}

describe('a promotion whose evidence is stale', () => {
  it('is evaluated again when it is about to move, and waits anew with the new evidence', async () => {
    const { activities, calls, opened, closed } = withStale();
    await withWorkers(env, activities, async () => {
      const handle = await startPromotion(env);
      const id = `${handle.workflowId}/again-1`;
      await untilWaiting(handle);
      // Before anybody reads what will not be decided by.
      await vi.waitFor(async () => expect(await handle.query('promotion')).toHaveProperty('stale'), {
        timeout: 30_000,
      });
      expect(await handle.query('promotion')).toMatchObject({
        stale: ['production of demo serves version 7, and it was compared with version 1'],
      });
      await decide(handle, 'approve', ada);
      const outcome = await outcomeOf(handle);
      expect(outcome).toMatchObject({ status: 'held', version: 2, goesOnAs: id });
      const details = JSON.stringify(await handle.query('__temporal_workflow_metadata'));
      expect(details).toContain(`/namespaces/default/workflows/${encodeURIComponent(id)}`);
      expect(details).not.toContain('npx whetstone promote');
      expect(outcome.reasons[0]).toBe(
        `its evidence is stale: production of demo serves version 7, and it was compared with version 1. Evaluated again, it goes on as ${id}; what ada approved was the old evidence and does not count`,
      );
      expect(closed).toEqual([{ promotionId: handle.workflowId, why: outcome.reasons[0] }]);
      expect(calls).not.toContain('promoteVersion');

      const next = env.client.workflow.getHandle(id);
      await untilWaiting(next);
      expect(opened[1]).toMatchObject({ promotionId: id, incumbentVersion: 7, evidence, approvals: 1 });
      expect(await next.query('promotion')).toMatchObject({ evidence: 'new', decisions: [], status: 'waiting' });
      // The one who approved the old evidence may approve the new.
      await decide(next, 'approve', ada);
      expect(await outcomeOf(next)).toMatchObject({ status: 'promoted' });
    });
    expect(calls.filter((name) => name === 'compareArms')).toHaveLength(1);
  });

  it('has a page of its own, with a blind sample to grade, where it goes on', async () => {
    const pages: EvidenceInput['promotion'][] = [];
    const { activities } = withStale({
      writeEvidence: async ({ promotion }) => {
        pages.push(promotion);
        return { page: evidence, link: `http://gateway/evidence/${promotion?.id}`, brief: 'Again.' };
      },
      openPromotion: async ({ approvals }) => ({ approvalsNeeded: Math.max(approvals, 2) }),
    });
    await withWorkers(env, activities, async () => {
      const handle = await startPromotion(env, { expiresAfterMs: 7_200_000 });
      const id = `${handle.workflowId}/again-1`;
      await untilWaiting(handle);
      await decide(handle, 'approve', ada);
      await decide(handle, 'approve', { by: 'bob', why: 'me too' });
      await handle.result();
      expect(pages).toEqual([{ id, version: 2, approvals: 2, expiresAfterHours: 2 }]);
      const next = env.client.workflow.getHandle(id);
      await untilWaiting(next);
      const [input] = ((await next.fetchHistory()).events ?? []).flatMap(
        ({ workflowExecutionStartedEventAttributes: started }) => started?.input?.payloads ?? [],
      );
      expect(JSON.parse(Buffer.from(input!.data!).toString())).toMatchObject({
        page: { brief: 'Again.', link: `http://gateway/evidence/${id}` },
      });
      await next.terminate();
    });
  });

  it('is held where the gate does not say yes any more', async () => {
    const { activities, calls, closed } = withStale({}, 0);
    await withWorkers(env, activities, async () => {
      const outcome = await outcomeOf(await startPromotion(env, { approvals: 0 }));
      expect(outcome.status).toBe('held');
      expect(outcome.reasons[0]).toMatch(
        /^its evidence is stale: .*\. Evaluated again, the gate says hold: correctness/,
      );
      expect(closed).toHaveLength(1);
    });
    expect(calls).not.toContain('promoteVersion');
  });

  it('against the gate goes on as before, whatever the gate says again', async () => {
    const { activities, opened } = withStale({}, 0);
    const hold = { decision: 'hold' as const, suite: 'test', candidate: 'tuned', reasons: ['too near'] };
    const request = { by: 'cleo', why: 'the price is right', override: true };
    await withWorkers(env, activities, async () => {
      const handle = await startPromotion(env, { approvals: 0, gate: hold, request });
      expect(await outcomeOf(handle)).toMatchObject({ status: 'held' });
      const next = env.client.workflow.getHandle(`${handle.workflowId}/again-1`);
      expect(await outcomeOf(next)).toMatchObject({ status: 'promoted' });
      expect(opened[1]).toMatchObject({ request, gate: { decision: 'hold' } });
    });
  });

  it('is held, and says why, where it can not be evaluated again', async () => {
    const { activities } = withStale({
      planEvaluation: () => Promise.reject(ApplicationFailure.nonRetryable('demo version 2: name a config that does')),
    });
    await withWorkers(env, activities, async () => {
      const outcome = await outcomeOf(await startPromotion(env, { approvals: 0 }));
      expect(outcome.reasons[0]).toMatch(/could not be evaluated again: demo version 2: name a config that does$/);
    });
  });

  it('is not evaluated again where the alias asks for no evaluation', async () => {
    const { activities, calls } = withStale({ openPromotion: async () => ({ approvalsNeeded: 0, evaluation: false }) });
    await withWorkers(env, activities, async () => {
      expect(await outcomeOf(await startPromotion(env, { approvals: 0 }))).toMatchObject({ status: 'promoted' });
    });
    expect(calls).toEqual(['openPromotion', 'promoteVersion']);
  });

  it('is held where its evaluation takes longer than the time that is left to it', async () => {
    let release: (reason: Error) => void = () => {};
    const waits = new Promise<never>((_, reject) => (release = reject));
    waits.catch(() => {});
    const { activities, closed } = withStale({ planEvaluation: () => waits });
    await withWorkers(env, activities, async () => {
      try {
        const outcome = await outcomeOf(await startPromotion(env, { approvals: 0, expiresAfterMs: 2_000 }));
        expect(outcome).toMatchObject({ status: 'held' });
        expect(outcome.reasons[0]).toMatch(
          /could not be evaluated again: it took longer than the .* that were left to this promotion$/,
        );
        expect(closed).toHaveLength(1);
      } finally {
        release(ApplicationFailure.nonRetryable('over'));
      }
    });
  });

  it.each(['findStale', 'findStaleSuites'] as const)(
    'or may be, which %s can not say, is held and named',
    async (name) => {
      const gone = () => Promise.reject(ApplicationFailure.nonRetryable('plan.json: missing'));
      const { activities, calls, closed } = withStale({ findStale: async () => [], [name]: gone });
      await withWorkers(env, activities, async () => {
        const handle = await startPromotion(env, { approvals: 0 });
        const outcome = await outcomeOf(handle);
        expect(outcome).toMatchObject({ status: 'held' });
        expect(outcome.reasons[0]).toBe(
          "whether its evidence is stale can't be known: plan.json: missing. Evaluate it anew (npx whetstone evaluate demo@v2), and ask for its promotion again",
        );
        expect(closed).toEqual([{ promotionId: handle.workflowId, why: outcome.reasons[0] }]);
      });
      expect(calls).not.toContain('promoteVersion');
    },
  );

  it('again and again is held after the third time', async () => {
    let others = 7;
    const { activities, calls } = withStale({
      findStaleSuites: async () => [`suite golden has other questions than were asked, ${others++}`],
    });
    await withWorkers(env, activities, async () => {
      const handle = await startPromotion(env, { approvals: 0 });
      for (const end of ['', '/again-1', '/again-2', '/again-3'])
        expect((await outcomeOf(env.client.workflow.getHandle(handle.workflowId + end))).status).toBe('held');
      const last = await outcomeOf(env.client.workflow.getHandle(`${handle.workflowId}/again-3`));
      expect(last.reasons[0]).toContain('It was evaluated again 3 times');
    });
    expect(calls.filter((name) => name === 'compareArms')).toHaveLength(3);
  });

  it('is what serves or a suite that changed; a promotion that is fresh asks once and moves', async () => {
    const asked: unknown[] = [];
    const { activities, calls } = fakeActivities({ findStaleSuites: async (input) => (asked.push(input), []) });
    const input: Partial<PromoteInput> = { approvals: 0 };
    await withWorkers(env, activities, async () => {
      expect(await outcomeOf(await startPromotion(env, input))).toMatchObject({ status: 'promoted' });
    });
    expect(asked).toEqual([{ evidence: { uri: 'file:///evidence', sha256: 'evidence', rows: 1 } }]);
    expect(calls).toEqual(['openPromotion', 'findStale', 'findStaleSuites', 'promoteVersion']);
  });
});
