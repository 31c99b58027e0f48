import { Command, InvalidArgumentError } from 'commander';
import { decide, evidenceOf, waitingPromotion } from '../../../operations/decide.ts';
import { findKeyFile } from '../../../operations/identity/key-file.ts';
import { SIGNED_FOR_HOURS, signDecision } from '../../../operations/identity/sign-decision.ts';
import { byOption, whyOption } from '../options.ts';
import { say, withTemporal } from './context.ts';

interface Options {
  by: string;
  why: string;
  sign?: boolean;
  send?: boolean;
  key?: string;
  evidence?: string;
  hours: number;
}

/** `approve` and `reject`: the same Updates that the Temporal UI sends, signed where that is asked. */
export function decisionCommands(): Command[] {
  return (['approve', 'reject'] as const).map((decision) => {
    const command: Command = new Command(decision)
      .description(`${decision === 'approve' ? 'Approve' : 'Reject'} a promotion that waits`)
      .argument('[promotion]', 'its workflow id; may be left out while one waits')
      .addOption(byOption())
      .addOption(whyOption(decision === 'approve' ? 'read 20 answers, all fine' : 'two answers miss the warning'))
      .option(
        '--sign',
        'sign it with your key, and print what to paste into the Temporal UI as the input of the Update',
      )
      .option('--send', 'with --sign: send it, too')
      .option('--key <file>', 'the private key to sign with; may be left out while you have one')
      .option(
        '--evidence <hash>',
        'with --sign: the evaluation that you read; by default the one that the promotion carries',
      )
      .option('--hours <hours>', 'with --sign: how long it may be sent', hoursOf, SIGNED_FOR_HOURS);
    return command.action(async (promotion: string | undefined, { by, why, sign, ...options }: Options) => {
      if (!sign)
        return withTemporal(async (client) => say(await decide({ client, promotion, decision, input: { by, why } })));
      const { send, key, evidence, hours } = options;
      const claimed = command.getOptionValueSource('by') === 'default' ? undefined : by;
      const keyFile = key ?? (await findKeyFile(process.env));
      const signed = (id: string, hash: string) =>
        signDecision({ promotion: id, decision, evidence: hash, why, by: claimed, keyFile, hours });
      // Who names both needs no server: it can be signed on another machine than it is sent from.
      if (promotion !== undefined && evidence !== undefined && !send)
        return say(JSON.stringify(await signed(promotion, evidence)));
      await withTemporal(async (client) => {
        const id = promotion ?? (await waitingPromotion(client));
        const input = await signed(id, evidence ?? (await evidenceOf(client, id)));
        say(send ? await decide({ client, promotion: id, decision, input }) : JSON.stringify(input));
      });
    });
  });
}

function hoursOf(text: string): number {
  const hours = Number(text);
  if (hours > 0 && hours <= 24 * 365) return hours;
  throw new InvalidArgumentError('Expected hours above 0 and up to a year, such as --hours 24.');
}
