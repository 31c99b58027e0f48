import { randomUUID } from 'node:crypto';
import { WorkflowUpdateFailedError, type Client } from '@temporalio/client';
import { Command } from 'commander';
import { WAITING_FOR, type DecisionInput } from '../../workflows/messages.ts';
import { CommandError, currentUser, say, withTemporal } from './context.ts';

/** `approve` and `reject`: the same Updates that the Temporal UI sends. */
export function decisionCommands(): Command[] {
  return (['approve', 'reject'] as const).map((decision) =>
    new Command(decision)
      .description(`${decision === 'approve' ? 'Approve' : 'Reject'} a promotion that waits`)
      .argument('[promotion]', 'its workflow id; may be left out while one waits')
      .option('--by <name>', 'who decides', currentUser())
      .requiredOption('--why <reason>', 'why, for the history')
      .action((promotion: string | undefined, input: DecisionInput) =>
        withTemporal(async (client) => {
          const workflowId = promotion ?? (await onlyWaiting(client));
          say(await decide({ client, workflowId, decision, input }));
        }),
      ),
  );
}

/** Sends the decision with an id of its own, so that sending it again after a lost answer is no second decision. */
async function decide(options: {
  client: Client;
  workflowId: string;
  decision: 'approve' | 'reject';
  input: DecisionInput;
}): Promise<string> {
  const { client, workflowId, decision, input } = options;
  const handle = client.workflow.getHandle(workflowId);
  const updateId = randomUUID();
  const { by, why } = input;
  for (let attempt = 1; ; attempt++) {
    try {
      return await handle.executeUpdate<string, [DecisionInput]>(decision, { args: [{ by, why }], updateId });
    } catch (cause) {
      if (cause instanceof WorkflowUpdateFailedError)
        throw new CommandError(cause.cause?.message ?? cause.message, { cause });
      const name = cause instanceof Error ? cause.name : '';
      if (name === 'WorkflowNotFoundError') {
        const { status } = await handle.describe().catch(() => ({ status: { name: 'UNKNOWN' } }));
        throw new CommandError(
          status.name === 'UNKNOWN'
            ? `no promotion '${workflowId}'; npx whetstone status lists them`
            : `${workflowId} is already decided (${status.name.toLowerCase()}); nothing was changed`,
          { cause },
        );
      }
      if (attempt === 3) throw cause;
    }
  }
}

async function onlyWaiting(client: Client): Promise<string> {
  const waiting: string[] = [];
  const query = 'WorkflowType = "promoteModel" AND ExecutionStatus = "Running"';
  for await (const { workflowId, typedSearchAttributes } of client.workflow.list({ query })) {
    if (typedSearchAttributes.get(WAITING_FOR)) waiting.push(workflowId);
  }
  const [only, ...others] = waiting;
  if (only && others.length === 0) return only;
  throw new CommandError(
    waiting.length === 0
      ? 'No promotion waits for approval.'
      : `Several promotions wait; name one:\n  ${waiting.join('\n  ')}`,
  );
}
