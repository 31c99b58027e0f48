import { InvalidArgumentError, Option } from 'commander';
import { currentUser } from './commands/context.ts';

/** Options that several commands share. */

const words = (option: string, example: string) => (text: string) => {
  if (text.trim() !== '') return text.trim();
  throw new InvalidArgumentError(`It is empty. Say it in a few words, such as ${option} "${example}".`);
};

/** `--why`, which goes into the history. */
export const whyOption = (example: string): Option =>
  new Option('--why <reason>', `required: why, for the history, such as "${example}"`)
    .makeOptionMandatory()
    .argParser(words('--why', example));

/** `--by`: a claim, not a proof. */
export const byOption = (what = 'who decides'): Option =>
  new Option('--by <name>', what).default(currentUser()).argParser(words('--by', 'Ada'));

/** `--json`: for programs. */
export const jsonOption = (): Option => new Option('--json', 'print JSON, for programs');
