import { Command } from 'commander';
import { RequestError } from '../../../../common/errors.ts';
import { findKeyFile } from '../../../../operations/identity/key-file.ts';
import { SIGNED_FOR_HOURS } from '../../../../operations/identity/sign-decision.ts';
import { printedReview, review } from '../../../../operations/promotions/break-glass.ts';
import { byOption, hoursOf, jsonOption, whyOption } from '../../options.ts';
import { say, withRegistry } from '../context.ts';

interface Options {
  by: string;
  why: string;
  sign?: boolean;
  print?: boolean;
  key?: string;
  evidence?: string;
  hours: number;
  json?: boolean;
}

/** `review`: closes what is owed for a move past the rules. */
export function reviewCommand(): Command {
  const command = new Command('review')
    .description('Close the review that a move past the rules owes (promote --break-glass); another person must')
    .argument('[promotion]', 'its id; may be left out while one is owed')
    .addOption(byOption())
    .addOption(whyOption('read the answers: it was right to'))
    .option('--sign', 'sign it with your key')
    .option(
      '--print',
      'with --sign: print what to paste into the Temporal UI as the input of reviewPromotion, and write nothing',
    )
    .option('--key <file>', 'with --sign: the private key; may be left out while you have one')
    .option(
      '--evidence <hash>',
      'with --print: the evaluation that the promotion carries, or none; by default as the registry has it',
    )
    .option('--hours <hours>', 'with --print: how long it may be sent', hoursOf, SIGNED_FOR_HOURS)
    .addOption(jsonOption());
  return command.action(async (promotion: string | undefined, options: Options) => {
    const { by, why, sign, print, key, evidence, hours, json } = options;
    if (print && !sign)
      throw new RequestError('--print goes with --sign: an input without a signature needs no printing');
    if (evidence !== undefined && !print) throw new RequestError('--evidence goes with --sign --print');
    const claimed = command.getOptionValueSource('by') === 'default' ? undefined : by;
    const signing = sign ? { keyFile: key ?? (await findKeyFile(process.env, claimed)), by: claimed } : undefined;
    if (print && signing) {
      const about = { promotion, why, evidence: evidence === 'none' ? null : evidence };
      return say(JSON.stringify(await printedReview(withRegistry, about, { ...signing, hours })));
    }
    await withRegistry(async (registry) => {
      const done = await review(registry, { promotion, by, why }, signing);
      say(
        json
          ? JSON.stringify(done, null, 2)
          : `${done.promotion}\n  reviewed by ${done.by}; nothing is owed for it any more`,
      );
    });
  });
}
