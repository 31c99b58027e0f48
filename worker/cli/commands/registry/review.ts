import { Command } from 'commander';
import { findKeyFile } from '../../../../operations/identity/key-file.ts';
import { review } from '../../../../operations/promotions/break-glass.ts';
import { byOption, jsonOption, whyOption } from '../../options.ts';
import { say, withRegistry } from '../context.ts';

interface Options {
  by: string;
  why: string;
  sign?: boolean;
  key?: string;
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
    .option('--key <file>', 'with --sign: the private key; may be left out while you have one')
    .addOption(jsonOption());
  return command.action((promotion: string | undefined, { by, why, sign, key, json }: Options) =>
    withRegistry(async (registry) => {
      const claimed = command.getOptionValueSource('by') === 'default' ? undefined : by;
      const signing = sign ? { keyFile: key ?? (await findKeyFile(process.env, claimed)), by: claimed } : undefined;
      const done = await review(registry, { promotion, by, why }, signing);
      say(
        json
          ? JSON.stringify(done, null, 2)
          : `${done.promotion}\n  reviewed by ${done.by}; nothing is owed for it any more`,
      );
    }),
  );
}
