import type { Client } from '@temporalio/client';
import { Command } from 'commander';
import { WAITING_FOR, type DecisionInput } from '../../../contract/messages.ts';
import { CommandError, currentUser, say, withTemporal } from './context.ts';
import { sendUpdate } from './send-update.ts';

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
          const { by, why } = input;
          say(
            await sendUpdate<string>({ client, workflowId, update: decision, input: { by, why }, what: 'promotion' }),
          );
        }),
      ),
  );
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
