import { Command } from 'commander';
import { CommandError, say, withTemporal } from './context.ts';

/** `cancel RUN`: ends a run, with its training process. What it paid for stays in the ledger, and its checkpoints stay. */
export function cancelCommand(): Command {
  return new Command('cancel')
    .description('Cancel a run or a promotion that waits; what was paid for stays in the ledger')
    .argument('<run>', 'its workflow id, as `whetstone status` shows it')
    .action((workflowId: string) =>
      withTemporal(async (client) => {
        const handle = client.workflow.getHandle(workflowId);
        const { status } = await handle.describe().catch((cause: unknown) => {
          throw new CommandError(`no run '${workflowId}'; npx whetstone status lists them`, { cause });
        });
        if (status.name !== 'RUNNING')
          throw new CommandError(`${workflowId} has already ended (${status.name.toLowerCase()}); nothing was changed`);
        await handle.cancel();
        await handle.result().catch(() => {}); // Ends as cancelled, once its training process has ended.
        say(`${workflowId} is cancelled`);
      }),
    );
}
