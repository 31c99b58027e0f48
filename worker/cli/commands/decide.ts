import { Command } from 'commander';
import type { PersonsDecision } from '../../../contract/deciding.ts';
import { decide, evidenceOf, waitingPromotion } from '../../../operations/decide.ts';
import { findKeyFile } from '../../../operations/identity/key-file.ts';
import { SIGNED_FOR_HOURS, signDecision } from '../../../operations/identity/sign-decision.ts';
import { byOption, hoursOf, jsonOption, whyOption } from '../options.ts';
import { say, tell, withRegistry, withTemporal } from './context.ts';

interface Options {
  by: string;
  why: string;
  sign?: boolean;
  send?: boolean;
  key?: string;
  evidence?: string;
  hours: number;
  json?: boolean;
  withdraw?: boolean;
  breakGlass?: boolean;
}

interface Words {
  name: string;
  does: string;
  example: string;
  decision: (options: Options) => PersonsDecision;
  /** What is more than said in general. */
  more?: (command: Command) => Command;
}

const COMMANDS: readonly Words[] = [
  {
    name: 'approve',
    does: 'Approve a promotion that waits',
    example: 'read 20 answers, all fine',
    decision: ({ breakGlass }) => (breakGlass ? 'break-glass' : 'approve'),
    more: (command) =>
      command.option('--break-glass', 'move the alias at once, past its rule; another person owes a review'),
  },
  {
    name: 'reject',
    does: 'Reject a promotion that waits',
    example: 'two answers miss the warning',
    decision: () => 'reject',
  },
  {
    name: 'request-changes',
    does: 'Keep a promotion from moving its alias until you approve or withdraw this, or an admin does',
    example: 'the dosage answers need a source',
    decision: ({ withdraw }) => (withdraw ? 'withdraw' : 'request-changes'),
    more: (command) => command.option('--withdraw', 'take your request for changes back'),
  },
];

/** The hash of the evaluation that a promotion carries, as the registry has it. */
const evaluationIn = (promotion: string) =>
  withRegistry(async (registry) => (await registry.promotion(promotion)).evidenceSha256);

/** No worker has answered: the decision is kept, and does not count yet. */
const NOT_COUNTED_EXIT = 2;

/** `approve`, `reject` and `request-changes`: the same Updates that the Temporal UI sends, signed where that is asked. */
export function decisionCommands(): Command[] {
  return COMMANDS.map(({ name, does, example, decision: decisionOf, more = (command) => command }) => {
    const command: Command = more(new Command(name))
      .description(does)
      .argument('[promotion]', 'its workflow id; may be left out while one waits')
      .addOption(byOption())
      .addOption(whyOption(example))
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
      .option('--hours <hours>', 'with --sign: how long it may be sent', hoursOf, SIGNED_FOR_HOURS)
      .addOption(jsonOption());
    return command.action(async (promotion: string | undefined, options: Options) => {
      const { by, why, sign, send, key, evidence, hours, json } = options;
      const decision = decisionOf(options);
      const sent = async (request: Omit<Parameters<typeof decide>[0], 'decision'>) => {
        const id = request.promotion ?? (await waitingPromotion(request.client));
        const { counted, text } = await decide({ ...request, promotion: id, decision });
        tell(json, { promotion: id, decision, by: request.input.by, counted, said: text }, text);
        if (!counted) process.exitCode = NOT_COUNTED_EXIT;
      };
      if (!sign) return withTemporal((client) => sent({ client, promotion, input: { by, why } }));
      const claimed = command.getOptionValueSource('by') === 'default' ? undefined : by;
      const keyFile = key ?? (await findKeyFile(process.env, claimed));
      const signed = (id: string, hash: string) =>
        signDecision({ promotion: id, decision, evidence: hash, why, by: claimed, keyFile, hours });
      // Who names both needs no server: it can be signed on another machine than it is sent from.
      if (promotion !== undefined && evidence !== undefined && !send)
        return say(JSON.stringify({ decision, ...(await signed(promotion, evidence)) }));
      await withTemporal(async (client) => {
        const id = promotion ?? (await waitingPromotion(client));
        const input = await signed(id, evidence ?? (await evidenceOf(client, id, () => evaluationIn(id))));
        if (send) await sent({ client, promotion: id, input });
        else say(JSON.stringify({ decision, ...input }));
      });
    });
  });
}
