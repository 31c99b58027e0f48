import { randomUUID } from 'node:crypto';
import { WorkflowUpdateFailedError, type Client } from '@temporalio/client';
import { CommandError } from './context.ts';

/**
 * Sends an Update with an id of its own, so that sending it again after a lost answer does nothing twice.
 * @throws CommandError in the validator's words, or saying that nothing waits under that id
 */
export async function sendUpdate<Result>(options: {
  client: Client;
  workflowId: string;
  update: string;
  input: object;
  /** What the id names, for the message: `promotion`, `run`. */
  what: string;
}): Promise<Result> {
  const { client, workflowId, update, input, what } = options;
  const handle = client.workflow.getHandle(workflowId);
  const updateId = randomUUID();
  for (let attempt = 1; ; attempt++) {
    try {
      return await handle.executeUpdate<Result, [object]>(update, { args: [input], updateId });
    } catch (cause) {
      if (cause instanceof WorkflowUpdateFailedError)
        throw new CommandError(cause.cause?.message ?? cause.message, { cause });
      if (cause instanceof Error && cause.name === 'WorkflowNotFoundError') {
        const { status } = await handle.describe().catch(() => ({ status: { name: 'UNKNOWN' } }));
        throw new CommandError(
          status.name === 'UNKNOWN'
            ? `no ${what} '${workflowId}'; npx whetstone status lists them`
            : `${workflowId} has already ended (${status.name.toLowerCase()}); nothing was changed`,
          { cause },
        );
      }
      if (attempt === 3) throw cause;
    }
  }
}
