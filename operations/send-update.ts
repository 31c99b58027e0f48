import { randomUUID } from 'node:crypto';
import { WorkflowUpdateFailedError, WorkflowUpdateRPCTimeoutOrCancelledError, type Client } from '@temporalio/client';
import type { UpdateDefinition } from '@temporalio/common';
import type { PromoteOutcome } from '../contract/messages.ts';
import { RequestError } from '../common/errors.ts';

/**
 * Sends an Update with an id of its own, so that sending it again after a lost answer does nothing twice.
 * @throws RequestError in the validator's words, or saying that nothing waits under that id
 */
export async function sendUpdate<Result, Input>(options: {
  client: Client;
  workflowId: string;
  update: UpdateDefinition<Result, [Input]>;
  input: Input;
  /** What the id names, for the message: `promotion`, `run`. */
  what: string;
  /** What is done where nobody has answered for so long; without, it waits for a worker. */
  unanswered?: { afterMs: number; instead: (updateId: string) => Promise<Result> };
}): Promise<Result> {
  const { client, workflowId, update, input, what, unanswered } = options;
  const handle = client.workflow.getHandle(workflowId);
  const updateId = randomUUID();
  for (let attempt = 1; ; attempt++) {
    try {
      const send = () => handle.executeUpdate<Result, [Input]>(update, { args: [input], updateId });
      return await (unanswered ? client.withDeadline(Date.now() + unanswered.afterMs, send) : send());
    } catch (cause) {
      if (unanswered && cause instanceof WorkflowUpdateRPCTimeoutOrCancelledError) return unanswered.instead(updateId);
      if (cause instanceof WorkflowUpdateFailedError)
        throw new RequestError(cause.cause?.message ?? cause.message, { cause });
      if (cause instanceof Error && cause.name === 'WorkflowNotFoundError') {
        const { status } = await handle.describe().catch(() => ({ status: { name: 'UNKNOWN' } }));
        if (status.name === 'UNKNOWN')
          throw new RequestError(`no ${what} '${workflowId}'; npx whetstone status lists them`, { cause });
        const outcome = status.name === 'COMPLETED' ? ((await handle.result()) as Partial<PromoteOutcome>) : {};
        const how = outcome.reasons ? `${outcome.status}: ${outcome.reasons.join('; ')}` : status.name.toLowerCase();
        throw new RequestError(`${workflowId} has already ended (${how}); nothing was changed`, { cause });
      }
      if (attempt === 3) throw cause;
    }
  }
}
