import { WorkflowIdConflictPolicy, WorkflowIdReusePolicy, type Client } from '@temporalio/client';
import type { LoadedConfig } from '../configs/load.ts';
import { datasetId, improveId, STARTED_BY, type ImproveInput } from '../contract/messages.ts';
import { TASK_QUEUES } from '../contract/queues.ts';
import type { buildDataset } from '../workflows/build-dataset.ts';
import type { improveModel } from '../workflows/improve-model.ts';

export interface StartedRun {
  workflowId: string;
  runId: string;
  /** True when a run of this very config was open already: a second start joins it. */
  joined: boolean;
}

/** The workflows that start from a run config. */
const RUNS = {
  improveModel: { id: improveId, summary: 'Improve' },
  buildDataset: { id: datasetId, summary: 'Build the dataset of' },
} as const;

/** Starts a workflow on a config, or joins the open one of the same config, such as one that a crash interrupted. */
export async function startRun(options: {
  client: Client;
  workflow: keyof typeof RUNS;
  loaded: LoadedConfig;
  input: ImproveInput;
}): Promise<StartedRun> {
  const { client, workflow, loaded } = options;
  const { startedBy, ...input } = options.input;
  const { id, summary } = RUNS[workflow];
  const workflowId = id({ name: loaded.config.name, configHash: loaded.hash });
  const open = await client.workflow
    .getHandle(workflowId)
    .describe()
    .catch(() => undefined);
  const handle = await client.workflow.start<typeof improveModel | typeof buildDataset>(workflow, {
    workflowId,
    taskQueue: TASK_QUEUES.control,
    args: [input],
    workflowIdReusePolicy: WorkflowIdReusePolicy.ALLOW_DUPLICATE,
    workflowIdConflictPolicy: WorkflowIdConflictPolicy.USE_EXISTING,
    staticSummary: `${summary} ${loaded.config.name} from ${loaded.source}`,
    ...(startedBy && { memo: { [STARTED_BY]: startedBy } }),
  });
  const runId = handle.firstExecutionRunId;
  return { workflowId, runId, joined: open?.status.name === 'RUNNING' && open.runId === runId };
}
