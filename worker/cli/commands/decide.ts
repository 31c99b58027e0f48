import { Command } from 'commander';
import type { DecisionInput } from '../../../contract/messages.ts';
import { decide } from '../../../operations/decide.ts';
import { byOption, whyOption } from '../options.ts';
import { say, withTemporal } from './context.ts';

/** `approve` and `reject`: the same Updates that the Temporal UI sends. */
export function decisionCommands(): Command[] {
  return (['approve', 'reject'] as const).map((decision) =>
    new Command(decision)
      .description(`${decision === 'approve' ? 'Approve' : 'Reject'} a promotion that waits`)
      .argument('[promotion]', 'its workflow id; may be left out while one waits')
      .addOption(byOption())
      .addOption(whyOption(decision === 'approve' ? 'read 20 answers, all fine' : 'two answers miss the warning'))
      .action((promotion: string | undefined, { by, why }: DecisionInput) =>
        withTemporal(async (client) => say(await decide({ client, promotion, decision, input: { by, why } }))),
      ),
  );
}
