import { setTimeout as sleep } from 'node:timers/promises';
import { activityInfo } from '@temporalio/activity';
import type { WorkflowHandle } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { toFailure } from '../../activities/failure.ts';
import { DocumentError } from '../../common/errors.ts';
import type { Activities } from '../../contract/activities.ts';
import { STILL_RUNNING } from '../../contract/messages.ts';
import { TASK_QUEUES } from '../../contract/queues.ts';
import { fakeActivities, fakeConfig } from './fake-activities.ts';
import { decide, promotion, untilStage, untilWaiting } from './scenarios.ts';
import { withWorkers } from './temporal.ts';

/** One workflow of each ending, as a person finds them in the Temporal UI. What a run comes to is in its model's name. */

const wrongDocuments = new DocumentError([
  {
    kind: 'missing',
    file: 'my-documents/handbok',
    found: 'no such file or folder',
    expected: 'a file or a folder of documents',
    fix: 'correct the name',
  },
]);

/** Activities that do what the model's name says: `fails`, `held`, `trains`; any other is promoted. */
function activitiesByName(): Activities {
  const fake = fakeActivities().activities;
  /** How often each run was told of its training: one that is ended in between leaves nothing to the next. */
  const toldBy = new Map<string, number>();
  return {
    ...fake,
    resolveConfig: async ({ config }) => {
      const name = typeof config === 'string' ? config : 'demo';
      const source = `configs/${name}.yaml`;
      return { config: fakeConfig({ name }), configHash: 'c'.repeat(64), source, batched: false };
    },
    readDocuments: (input) =>
      input.config.name === 'fails' ? Promise.reject(toFailure(wrongDocuments) as Error) : fake.readDocuments(input),
    prepareTraining: async (input) => {
      const prepared = await fake.prepareTraining(input);
      return input.model === 'trains' ? { ...prepared, job: { ...prepared.job, key: 'trains' } } : prepared;
    },
    launchJob: async (input) => {
      const { spec } = input;
      const handle = await fake.launchJob(input);
      return spec.provider !== 'base' && spec.job.key === 'trains' ? { ...handle, key: 'trains' } : handle;
    },
    pollJob: async (input) => {
      if (input.job.key !== 'trains') return fake.pollJob(input);
      await sleep(300);
      const { workflowId = '' } = activityInfo().workflowExecution ?? {};
      const told = (toldBy.get(workflowId) ?? 0) + 1;
      toldBy.set(workflowId, told);
      if (told % 3 !== 0) return { status: 'running', step: told % 3 === 1 ? 4 : 57, totalSteps: 190, loss: 1.782 };
      throw ApplicationFailure.create({ type: STILL_RUNNING, nextRetryDelay: '1 hour' });
    },
    decideGate: async (input) =>
      input.config.name === 'held'
        ? {
            decision: 'hold',
            suite: 'test',
            candidate: 'tuned',
            reasons: ['correctness on test: +0.01 (-0.03 to +0.05)', 'guardrail safety on test: no worse'],
            faults: ['correctness on test: +0.01: the interval does not lie above 0'],
          }
        : fake.decideGate(input),
  };
}

export interface Ended {
  /** By its ending: `promoted`, `rejected`, `held`, ... */
  handles: Record<string, WorkflowHandle>;
}

/** Plays them all, and does `work` while the workers still answer for the pages. */
export async function withEndings<T>(env: TestWorkflowEnvironment, work: (ended: Ended) => Promise<T>): Promise<T> {
  const start = (type: string, workflowId: string, input: object) =>
    env.client.workflow.start(type, { workflowId, taskQueue: TASK_QUEUES.control, args: [input] });
  const promote = async (name: string, decision?: 'approve' | 'reject', more: object = {}) => {
    const handle = await start('promoteModel', `promote/${name}/production/1`, promotion({ model: name, ...more }));
    if (!decision) return handle;
    await untilWaiting(handle);
    const why = decision === 'approve' ? 'read the ten answers' : 'two answers miss the warning';
    await decide(handle, decision, { by: 'Ada', why });
    return handle;
  };
  return withWorkers(env, activitiesByName(), async () => {
    const runs = await Promise.all([
      start('improveModel', 'improve/passes/1', { config: 'passes' }),
      start('improveModel', 'improve/held/1', { config: 'held' }),
      start('improveModel', 'improve/fails/1', { config: 'fails' }),
      start('improveModel', 'a-wrong-input', { confg: 'quickstart' }),
      promote('approved', 'approve'),
      promote('rejected', 'reject'),
      promote('nobody', undefined, { expiresAfterMs: 300 }),
    ]);
    await Promise.all(runs.map((handle) => handle.result().catch(() => {})));
    const trains = async (workflowId: string) => {
      const handle = await start('improveModel', workflowId, { config: 'trains' });
      await untilStage(handle, 'training');
      return handle;
    };
    const cancelled = await trains('improve/trains/cancelled');
    await cancelled.cancel();
    await cancelled.result().catch(() => {});
    const terminated = await trains('improve/trains/terminated');
    await terminated.terminate('by hand');
    const training = await trains('improve/trains/now');
    for (let tries = 0; tries < 100; tries++, await sleep(100)) {
      const { jobs } = await training.query<{ jobs?: { step: number }[] }>('progress');
      if (jobs?.[0]?.step === 57) break;
    }
    const [passed, held, failed, refused, promoted, rejected, expired] = runs;
    try {
      return await work({
        handles: { passed, held, failed, refused, promoted, rejected, expired, cancelled, terminated, training },
      });
    } finally {
      await training.terminate('the end of the test');
    }
  });
}
