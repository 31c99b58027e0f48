import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { ScheduleOverlapPolicy, WorkflowFailedError, type WorkflowHandle } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import type { Activities } from '../../contract/activities.ts';
import { CandidateSchema } from '../../configs/schema.ts';
import { STILL_RUNNING, WAITING_FOR, type PromoteInput, BUDGET_FAILURE } from '../../contract/messages.ts';
import type { DecisionInput } from '../../contract/deciding.ts';
import { TASK_QUEUES } from '../../contract/queues.ts';
import { fakeActivities, fakeConfig, fakeEvaluation } from './fake-activities.ts';
import { withWorkers } from './temporal.ts';

/** What happens to workflows in the field, played against a real server: for the tests, and for the histories they replay. */

export const promotion = (overrides: Partial<PromoteInput> = {}): PromoteInput => ({
  model: 'demo',
  version: 2,
  alias: 'production',
  incumbentVersion: 1,
  baseVersion: 1,
  approvals: 1,
  expiresAfterMs: 60_000,
  gate: { decision: 'promote', suite: 'test', candidate: 'tuned', reasons: ['correctness on test: +0.50'] },
  evidence: { uri: 'file:///evidence', sha256: 'evidence', rows: 1 },
  summary: '| metric | base | tuned |',
  requestedBy: 'improve/demo',
  ...overrides,
});

export async function startPromotion(
  env: TestWorkflowEnvironment,
  overrides: Partial<PromoteInput> = {},
  workflowId = `promote-${randomUUID()}`,
): Promise<WorkflowHandle> {
  return env.client.workflow.start('promoteModel', {
    workflowId,
    taskQueue: TASK_QUEUES.control,
    args: [promotion(overrides)],
  });
}

export async function startImprove(
  env: TestWorkflowEnvironment,
  args: unknown[] = [{ config: 'demo' }],
  memo: Record<string, unknown> = {},
): Promise<WorkflowHandle> {
  return env.client.workflow.start('improveModel', {
    memo,
    workflowId: `improve-${randomUUID()}`,
    taskQueue: TASK_QUEUES.control,
    args,
  });
}

export async function startEvaluate(
  env: TestWorkflowEnvironment,
  args: unknown[] = [{ version: 'demo@v2' }],
): Promise<WorkflowHandle> {
  return env.client.workflow.start('evaluateVersion', {
    workflowId: `evaluate-${randomUUID()}`,
    taskQueue: TASK_QUEUES.control,
    args,
  });
}

export async function startRegister(env: TestWorkflowEnvironment, args: unknown[]): Promise<WorkflowHandle> {
  return env.client.workflow.start('registerModel', {
    workflowId: `register-${randomUUID()}`,
    taskQueue: TASK_QUEUES.control,
    args,
  });
}

export const decide = (handle: WorkflowHandle, decision: 'approve' | 'reject', input: DecisionInput) =>
  handle.executeUpdate<string, [DecisionInput]>(decision, { args: [input] });

/** Resolves once the workflow's search attribute says that it waits for someone. */
export async function untilWaiting(handle: WorkflowHandle): Promise<void> {
  for (let tries = 0; tries < 200; tries++) {
    if ((await handle.describe()).typedSearchAttributes.get(WAITING_FOR)) return;
    await sleep(50);
  }
  throw new Error(`${handle.workflowId} never waited for anybody`);
}

/** The message of the failure at the bottom of a workflow's failure. */
export async function failureOf(handle: WorkflowHandle): Promise<{ type: string; message: string }> {
  try {
    await handle.result();
  } catch (error) {
    let cause: unknown = error;
    while (cause instanceof Error && !(cause instanceof ApplicationFailure) && cause.cause) cause = cause.cause;
    if (cause instanceof ApplicationFailure) return { type: cause.type ?? '', message: cause.message };
    if (error instanceof WorkflowFailedError)
      return { type: error.cause?.name ?? '', message: error.cause?.message ?? '' };
    throw error;
  }
  throw new Error(`${handle.workflowId} did not fail`);
}

type Scenario = (env: TestWorkflowEnvironment) => Promise<WorkflowHandle>;

const play =
  (overrides: Partial<Activities>, act: (env: TestWorkflowEnvironment) => Promise<WorkflowHandle>): Scenario =>
  (env) =>
    withWorkers(env, fakeActivities(overrides).activities, () => act(env));

/** A name for each committed history. */
export const SCENARIOS: Record<string, Scenario> = {
  approved: play({}, async (env) => {
    const handle = await startPromotion(env);
    await untilWaiting(handle);
    await decide(handle, 'approve', { by: 'ada', why: 'reads well' });
    await handle.result();
    return handle;
  }),
  rejected: play({}, async (env) => {
    const handle = await startPromotion(env);
    await untilWaiting(handle);
    await decide(handle, 'reject', { by: 'ada', why: 'too curt' });
    await handle.result();
    return handle;
  }),
  expired: play({}, async (env) => {
    const handle = await startPromotion(env, { expiresAfterMs: 300 });
    await handle.result();
    return handle;
  }),
  promoted: play({}, async (env) => {
    const handle = await startImprove(env);
    await handle.result();
    return handle;
  }),
  held: play(
    {
      compareArms: async () => ({
        evaluation: fakeEvaluation(0),
        evidence: { uri: 'file:///e', sha256: 'e', rows: 1 },
        table: '',
        sample: null,
      }),
    },
    async (env) => {
      const handle = await startImprove(env);
      await handle.result();
      return handle;
    },
  ),
  /** Two bases: an arm for each, and the echo. */
  bases: async (env) => {
    const candidates = ['small', 'large'].map((base) =>
      CandidateSchema.parse({ name: `of-${base}`, base: `demo/${base}` }),
    );
    const { activities } = fakeActivities({
      resolveConfig: async () => ({
        config: fakeConfig({ candidates }),
        configHash: 'c'.repeat(64),
        source: 'configs/demo.yaml',
        batched: false,
      }),
      decideGate: async () => ({ decision: 'hold', suite: 'test', candidate: 'of-small', reasons: ['too small'] }),
    });
    return withWorkers(env, activities, async () => {
      const handle = await startImprove(env);
      await handle.result();
      return handle;
    });
  },
  /** A promotion whose workflow is cancelled, which closes it in the registry. */
  closed: play({}, async (env) => {
    const handle = await startPromotion(env);
    await untilWaiting(handle);
    await handle.cancel();
    await handle.result().catch(() => {});
    return handle;
  }),
  /** A promotion that a newer one puts an end to, and the newer one, which tells it. */
  superseded: async (env) => (await supersede(env)).older,
  supersedes: async (env) => (await supersede(env)).newer,
  /** Reminded of, asked to change, and approved by a signal. */
  reminded: play(
    {
      openPromotion: async () => ({ approvalsNeeded: 1, remind: ['10%'] }),
      recordDecision: async ({ decision }) => ({
        status: 'recorded',
        seq: decision === 'approve' ? 2 : 1,
        moves: decision === 'approve',
        approvals: decision === 'approve' ? 1 : 0,
        requests: decision === 'approve' ? [] : [{ by: 'ada', why: 'a source' }],
      }),
    },
    async (env) => {
      const handle = await startPromotion(env, { expiresAfterMs: 10_000 });
      await untilWaiting(handle);
      await handle.executeUpdate('requestChanges', { args: [{ by: 'ada', why: 'a source' }] });
      await sleep(1_500);
      await handle.signal('decide', { decision: 'approve', by: 'ada', why: 'there is one' });
      await handle.result();
      return handle;
    },
  ),
  cancelled: play(
    { pollJob: () => sleep(60_000).then(() => Promise.reject(new Error('never reached'))) },
    async (env) => {
      const handle = await startImprove(env);
      await untilStage(handle, 'training');
      await handle.cancel();
      await handle.result().catch(() => {});
      return handle;
    },
  ),
  terminated: play(
    { pollJob: () => sleep(60_000).then(() => Promise.reject(new Error('never reached'))) },
    async (env) => {
      const handle = await startImprove(env);
      await untilStage(handle, 'training');
      await handle.terminate('a test');
      return handle;
    },
  ),
  /** A job that is looked at twice, lost, and launched again. */
  polled: async (env) => {
    const fake = fakeActivities();
    let looks = 0;
    const activities: Activities = {
      ...fake.activities,
      pollJob: async (input) => {
        if (input.job.provider === 'base' || ++looks > 2) return fake.activities.pollJob(input);
        if (looks === 2) return { status: 'lost', reason: "candidate 'tuned': was killed at step 5" };
        throw ApplicationFailure.create({ type: STILL_RUNNING, nextRetryDelay: '50 milliseconds' });
      },
    };
    return withWorkers(env, activities, async () => {
      const handle = await startImprove(env);
      await handle.result();
      return handle;
    });
  },
  dataset: play({}, async (env) => {
    const handle = await env.client.workflow.start('buildDataset', {
      workflowId: `dataset-${randomUUID()}`,
      taskQueue: TASK_QUEUES.control,
      args: [{ config: 'demo' }],
    });
    await handle.result();
    return handle;
  }),
  raised: async (env) => {
    const fake = fakeActivities({
      resolveConfig: async () => ({
        config: fakeConfig({ budget: { tokens: 10 } }),
        configHash: 'c'.repeat(64),
        source: 'configs/demo.yaml',
        batched: false,
      }),
    });
    const activities: Activities = {
      ...fake.activities,
      makeExamples: async (input) => {
        if (input.budget.tokens === 10)
          throw ApplicationFailure.create({
            type: BUDGET_FAILURE,
            message: '0 of 10 tokens are spent',
            nonRetryable: true,
          });
        return fake.activities.makeExamples(input);
      },
    };
    return withWorkers(env, activities, async () => {
      const handle = await startImprove(env);
      for (let tries = 0; tries < 200; tries++) {
        if ((await handle.describe()).typedSearchAttributes.get(WAITING_FOR) === 'budget') break;
        await sleep(50);
      }
      await handle.executeUpdate('raiseBudget', { args: [{ tokens: 1000, by: 'ada', why: 'worth it' }] });
      await handle.result();
      return handle;
    });
  },
  evaluated: play({}, async (env) => {
    const handle = await startEvaluate(env);
    await handle.result();
    return handle;
  }),
  registered: play({}, async (env) => {
    const handle = await startRegister(env, [{ model: 'demo', folder: 'models/mine', by: 'ada', why: 'theirs' }]);
    await handle.result();
    return handle;
  }),
  /** A promotion whose evidence is stale when it is about to move: evaluated again, and taken up by another one. */
  stale: play(
    {
      findStale: async ({ incumbentVersion }) =>
        incumbentVersion === 1 ? ['production of demo serves version 7'] : [],
    },
    async (env) => {
      // Its children's ids begin with its own, which a replay takes from the history's file.
      const handle = await startPromotion(env, { approvals: 0 }, 'stale.json');
      await handle.result();
      await env.client.workflow.getHandle(`${handle.workflowId}/again-1`).result();
      return handle;
    },
  ),
  retried: async (env) => {
    let attempts = 0;
    const { activities } = fakeActivities({
      resolveConfig: async () => {
        if (++attempts < 3)
          throw ApplicationFailure.create({ message: 'a passing fault', nextRetryDelay: '50 milliseconds' });
        return { config: fakeConfig(), configHash: 'c'.repeat(64), source: 'configs/demo.yaml', batched: false };
      },
    });
    return withWorkers(env, activities, async () => {
      const handle = await startImprove(env);
      await handle.result();
      return handle;
    });
  },
  scheduled: play({}, async (env) => {
    const schedule = await env.client.schedule.create({
      scheduleId: `retrain-${randomUUID()}`,
      spec: {},
      policies: { overlap: ScheduleOverlapPolicy.SKIP },
      action: {
        type: 'startWorkflow',
        workflowType: 'improveModel',
        taskQueue: TASK_QUEUES.control,
        args: [{ config: 'demo' }],
      },
    });
    await schedule.trigger();
    for (;;) {
      const [started] = (await schedule.describe()).info.recentActions;
      if (started) {
        const handle = env.client.workflow.getHandle(started.action.workflow.workflowId);
        await handle.result();
        await schedule.delete();
        return handle;
      }
      await sleep(100);
    }
  }),
  /** Graded blind, then approved. */
  graded: play({}, async (env) => {
    const handle = await startPromotion(env);
    await untilWaiting(handle);
    await handle.executeUpdate('grade', { args: [{ by: 'ada', grades: [{ question: 1, prefers: 'a' }] }] });
    await decide(handle, 'approve', { by: 'ada', why: 'preferred' });
    await handle.result();
    return handle;
  }),
  takendown: play({}, (env) => toTheEnd(env, 'takeDownModel', { model: 'demo', by: 'ada', why: 'wrong doses' })),
  reviewed: play({}, (env) =>
    toTheEnd(env, 'reviewPromotion', { promotion: 'promote/demo/production/v2-1a2b3c4d', by: 'ada', why: 'right' }),
  ),
  /** A run that fails, and tells it. */
  failed: play(
    { assembleDataset: () => Promise.reject(ApplicationFailure.nonRetryable('no example was kept')) },
    async (env) => {
      const handle = await startImprove(env);
      await handle.result().catch(() => {});
      return handle;
    },
  ),
  /** A run that finds another one of its model open. */
  taken: play(
    {
      claimModel: async () => ({
        status: 'taken',
        by: { workflowId: 'improve/demo/1', runId: 'r', since: '2026-11-26T10:00:00Z' },
      }),
    },
    async (env) => {
      const handle = await startImprove(env);
      await handle.result();
      return handle;
    },
  ),
  /** A job that tells how far it is, of a run that knows what changed since the last one. */
  told: async (env) => {
    const fake = fakeActivities();
    let looks = 0;
    const last = { workflowId: 'improve/demo/1', runId: 'r', at: '2026-11-26T10:00:00Z', outcome: 'held: too near' };
    const activities: Activities = {
      ...fake.activities,
      compareWithLastRun: async () => ({ last, changed: ['documents'] }),
      pollJob: async (input) =>
        input.job.provider === 'base' || ++looks > 2
          ? fake.activities.pollJob(input)
          : { status: 'running', step: 10 * looks, totalSteps: 100, loss: 1.5 },
    };
    return withWorkers(env, activities, async () => {
      const handle = await startImprove(env);
      await handle.result();
      return handle;
    });
  },
  rolledback: play({}, async (env) => {
    const handle = await env.client.workflow.start('rollbackModel', {
      workflowId: `rollback-${randomUUID()}`,
      taskQueue: TASK_QUEUES.control,
      args: [{ model: 'demo', by: 'ada', why: 'worse in the field' }],
    });
    await handle.result();
    return handle;
  }),
};

/** A workflow that asks nobody, from its start to its end. */
async function toTheEnd(env: TestWorkflowEnvironment, type: string, input: object): Promise<WorkflowHandle> {
  const handle = await env.client.workflow.start(type, {
    workflowId: `${type}-${randomUUID()}`,
    taskQueue: TASK_QUEUES.control,
    args: [input],
  });
  await handle.result();
  return handle;
}

async function supersede(env: TestWorkflowEnvironment): Promise<{ older: WorkflowHandle; newer: WorkflowHandle }> {
  const opened: string[] = [];
  const { activities } = fakeActivities({
    openPromotion: async ({ promotionId }) => {
      opened.push(promotionId);
      return { approvalsNeeded: 1, ...(opened.length > 1 && { supersedes: opened.slice(0, -1) }) };
    },
    lookAtPromotion: async () => ({ state: 'superseded', why: 'superseded by a newer one' }),
  });
  return withWorkers(env, activities, async () => {
    const older = await startPromotion(env);
    await untilWaiting(older);
    const newer = await startPromotion(env);
    await older.result();
    await decide(newer, 'approve', { by: 'ada', why: 'reads well' });
    await newer.result();
    return { older, newer };
  });
}

export async function untilStage(handle: WorkflowHandle, stage: string): Promise<void> {
  for (let tries = 0; tries < 200; tries++) {
    const { stages } = await handle.query<{ stages: { name: string; status: string }[] }>('progress');
    if (stages.some((s) => s.name === stage && s.status === 'running')) return;
    await sleep(50);
  }
  throw new Error(`${handle.workflowId} never came to ${stage}`);
}
