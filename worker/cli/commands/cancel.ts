import { Command } from 'commander';
import { cancelRun } from '../../../operations/cancel-run.ts';
import { jsonOption } from '../options.ts';
import { tell, withTemporal } from './context.ts';

/** `cancel RUN`: ends a run, with its training process. */
export function cancelCommand(): Command {
  return new Command('cancel')
    .description('Cancel a run or a promotion that waits; what was paid for stays in the ledger')
    .argument('<run>', 'its workflow id, as `whetstone status` shows it')
    .addOption(jsonOption())
    .action((workflowId: string, { json }: { json?: boolean }) =>
      withTemporal(async (client) => {
        await cancelRun(client, workflowId);
        tell(json, { workflowId, cancelled: true }, `${workflowId} is cancelled`);
      }),
    );
}
