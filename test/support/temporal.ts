import { fileURLToPath } from 'node:url';
import { TestWorkflowEnvironment } from '@temporalio/testing';
import { bundleWorkflowCode, DefaultLogger, Runtime, Worker, type WorkflowBundle } from '@temporalio/worker';
import type { Activities } from '../../contract/activities.ts';
import { SEARCH_ATTRIBUTES, TASK_QUEUE, TRAINING_TASK_QUEUE } from '../../contract/messages.ts';

Runtime.install({ logger: new DefaultLogger('ERROR') });

export const WORKFLOWS_PATH = fileURLToPath(new URL('../../workflows/index.ts', import.meta.url));

/** A real dev server of its own, with the search attributes registered. */
export async function startTestServer(): Promise<TestWorkflowEnvironment> {
  const path = process.env.WHETSTONE_TEST_TEMPORAL;
  if (!path) throw new Error('WHETSTONE_TEST_TEMPORAL is not set; run the tests with npm test, which finds a server');
  return TestWorkflowEnvironment.createLocal({
    server: { executable: { type: 'existing-path', path }, searchAttributes: SEARCH_ATTRIBUTES },
  });
}

let bundle: Promise<WorkflowBundle> | undefined;
const bundleOnce = () =>
  (bundle ??= bundleWorkflowCode({ workflowsPath: WORKFLOWS_PATH, logger: new DefaultLogger('ERROR') }));

/** Runs `work` while workers with these activities poll both task queues. */
export async function withWorkers<T>(
  env: TestWorkflowEnvironment,
  activities: Activities,
  work: () => Promise<T>,
): Promise<T> {
  const common = { connection: env.nativeConnection, activities };
  const main = await Worker.create({ ...common, taskQueue: TASK_QUEUE, workflowBundle: await bundleOnce() });
  const training = await Worker.create({ ...common, taskQueue: TRAINING_TASK_QUEUE });
  return main.runUntil(() => training.runUntil(work));
}
