import { Command, InvalidArgumentError } from 'commander';
import type { RaiseBudgetInput } from '../../../contract/messages.ts';
import { CommandError, currentUser, say, withTemporal } from './context.ts';
import { sendUpdate } from './send-update.ts';

/** `raise-budget RUN`: the Update that lets a run at its cap go on. */
export function raiseBudgetCommand(): Command {
  return new Command('raise-budget')
    .description('Raise what a run may pay in all; one that waits at its cap goes on')
    .argument('<run>', 'its workflow id, as `whetstone status` shows it')
    .option('--usd <dollars>', 'the new cap in US dollars', positive)
    .option('--tokens <count>', 'the new cap in tokens', positive)
    .option('--by <name>', 'who raises it', currentUser())
    .requiredOption('--why <reason>', 'why, for the history')
    .action((workflowId: string, input: RaiseBudgetInput) =>
      withTemporal(async (client) => {
        const { usd, tokens, by, why } = input;
        if (usd === undefined && tokens === undefined)
          throw new CommandError('name the new cap of the whole run: --usd DOLLARS, --tokens COUNT, or both');
        const update = { ...(usd !== undefined && { usd }), ...(tokens !== undefined && { tokens }), by, why };
        await sendUpdate({ client, workflowId, update: 'raiseBudget', input: update, what: 'run' });
        const caps = [usd !== undefined && `${usd} USD`, tokens !== undefined && `${tokens} tokens`].filter(Boolean);
        say(`${workflowId} may now pay ${caps.join(' and ')}`);
      }),
    );
}

function positive(text: string): number {
  const value = Number(text);
  if (!(value > 0)) throw new InvalidArgumentError(`expected a number above 0, found '${text}'`);
  return value;
}
