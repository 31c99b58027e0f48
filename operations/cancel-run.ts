import type { Client } from '@temporalio/client';
import { RequestError } from '../common/errors.ts';

/**
 * Ends a run, with its training process, or a promotion that waits. What it paid for stays in the ledger, and its checkpoints
 * stay. @throws RequestError where no such run is open
 */
export async function cancelRun(client: Client, workflowId: string): Promise<void> {
  const handle = client.workflow.getHandle(workflowId);
  const { status } = await handle.describe().catch((cause: unknown) => {
    throw new RequestError(`no run '${workflowId}'; npx whetstone status lists them`, { cause });
  });
  if (status.name !== 'RUNNING')
    throw new RequestError(`${workflowId} has already ended (${status.name.toLowerCase()}); nothing was changed`);
  await handle.cancel();
  await handle.result().catch(() => {}); // Ends as cancelled, once its training process has ended.
}
