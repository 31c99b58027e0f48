import { Command, InvalidArgumentError } from 'commander';
import type { RaiseBudgetInput } from '../../../contract/messages.ts';
import { raiseBudget } from '../../../operations/raise-budget.ts';
import { byOption, jsonOption, whyOption } from '../options.ts';
import { tell, withTemporal } from './context.ts';

/** `raise-budget RUN`: the Update that lets a run at its cap go on. */
export function raiseBudgetCommand(): Command {
  return new Command('raise-budget')
    .description('Raise what a run may pay in all; one that waits at its cap goes on')
    .argument('<run>', 'its workflow id, as `whetstone status` shows it')
    .option('--usd <dollars>', 'the new cap in US dollars', positive)
    .option('--tokens <count>', 'the new cap in tokens', positive)
    .addOption(byOption())
    .addOption(whyOption('the documents doubled'))
    .addOption(jsonOption())
    .action((workflowId: string, { json, usd, tokens, by, why }: RaiseBudgetInput & { json?: boolean }) =>
      withTemporal(async (client) => {
        const caps = { ...(usd !== undefined && { usd }), ...(tokens !== undefined && { tokens }) };
        await raiseBudget({ client, workflowId, input: { ...caps, by, why } });
        const said = [usd !== undefined && `${usd} USD`, tokens !== undefined && `${tokens} tokens`];
        tell(json, { workflowId, ...caps, by, why }, `${workflowId} may now pay ${said.filter(Boolean).join(' and ')}`);
      }),
    );
}

function positive(text: string): number {
  const value = Number(text);
  if (!(value > 0)) throw new InvalidArgumentError(`expected a number above 0, found '${text}'`);
  return value;
}
