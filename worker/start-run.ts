import { WorkflowIdConflictPolicy, WorkflowIdReusePolicy, type Client } from '@temporalio/client';
import type { LoadedConfig } from '../configs/load.ts';
import { improveId, TASK_QUEUE, type ImproveInput } from '../workflows/messages.ts';
import type { improveModel } from '../workflows/improve-model.ts';

export interface StartedRun {
  workflowId: string;
  runId: string;
  /** True when a run of this very config was open already: a second start joins it. */
  joined: boolean;
}

/** Starts `improveModel`, or joins the open run of the same config, such as one that a crash interrupted. */
export async function startRun(options: {
  client: Client;
  loaded: LoadedConfig;
  input: ImproveInput;
}): Promise<StartedRun> {
  const { client, loaded, input } = options;
  const workflowId = improveId({ name: loaded.config.name, configHash: loaded.hash });
  const open = await client.workflow
    .getHandle(workflowId)
    .describe()
    .catch(() => undefined);
  const handle = await client.workflow.start<typeof improveModel>('improveModel', {
    workflowId,
    taskQueue: TASK_QUEUE,
    args: [input],
    workflowIdReusePolicy: WorkflowIdReusePolicy.ALLOW_DUPLICATE,
    workflowIdConflictPolicy: WorkflowIdConflictPolicy.USE_EXISTING,
    staticSummary: `Improve ${loaded.config.name} from ${loaded.source}`,
  });
  const runId = handle.firstExecutionRunId;
  return { workflowId, runId, joined: open?.status.name === 'RUNNING' && open.runId === runId };
}
