import { TestWorkflowEnvironment } from '@temporalio/testing';
import { DefaultLogger, Runtime, Worker } from '@temporalio/worker';
import { resolvePaths } from '../../configs/paths.ts';
import type { Activities } from '../../contract/activities.ts';
import { SEARCH_ATTRIBUTES } from '../../contract/messages.ts';
import { TASK_QUEUES } from '../../contract/queues.ts';
import { SERVER_ARGS } from '../../worker/system/temporal.ts';
import { FAILURE_CONVERTER, workflowBundle } from '../../worker/workflow-bundle.ts';

Runtime.install({ logger: new DefaultLogger('ERROR') });

/** A real dev server of its own, with the search attributes registered. */
export async function startTestServer(): Promise<TestWorkflowEnvironment> {
  const path = process.env.WHETSTONE_TEST_TEMPORAL;
  if (!path) throw new Error('WHETSTONE_TEST_TEMPORAL is not set; run the tests with npm test, which finds a server');
  return TestWorkflowEnvironment.createLocal({
    server: {
      executable: { type: 'existing-path', path },
      searchAttributes: SEARCH_ATTRIBUTES,
      extraArgs: [...SERVER_ARGS],
    },
  });
}

let bundle: Promise<{ codePath: string }> | undefined;
/** The workflows as `npm start` runs them; bundled once, for all files and runs of the tests, until a source changes. */
export const bundleOnce = (): Promise<{ codePath: string }> => (bundle ??= workflowBundle(resolvePaths(process.env)));
const dataConverter = { failureConverterPath: FAILURE_CONVERTER };

/** Runs `work` while workers with these activities serve all task queues, and those of `more` their own. */
export async function withWorkers<T>(
  env: TestWorkflowEnvironment,
  activities: Activities,
  work: () => Promise<T>,
  more: Readonly<Record<string, Partial<Activities>>> = {},
): Promise<T> {
  const { control, ...others } = TASK_QUEUES;
  const main = await Worker.create({
    connection: env.nativeConnection,
    taskQueue: control,
    activities,
    dataConverter,
    workflowBundle: await bundleOnce(),
  });
  const queues = { ...Object.fromEntries(Object.values(others).map((queue) => [queue, activities])), ...more };
  const all = Object.entries(queues).reduce(
    (inner, [queue, served]) =>
      () =>
        whileServed({ env, queue, activities: served }, inner),
    work,
  );
  return main.runUntil(all);
}

/** Runs `work` while a worker serves one task queue; what it does at the end of that is finished. */
export async function whileServed<T>(
  { env, queue, activities }: { env: TestWorkflowEnvironment; queue: string; activities: Partial<Activities> },
  work: () => Promise<T>,
): Promise<T> {
  const worker = await Worker.create({ connection: env.nativeConnection, taskQueue: queue, activities, dataConverter });
  return worker.runUntil(work);
}
