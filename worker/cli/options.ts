import { InvalidArgumentError, Option } from 'commander';
import { DurationSchema, durationMs } from '../../configs/schema.ts';
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

/** `36h` or `14d` as milliseconds. */
export function spanOf(text: string): number {
  if (!DurationSchema.safeParse(text).success)
    throw new InvalidArgumentError(`Found '${text}'; expected hours or days, such as 36h or 14d.`);
  const ms = durationMs(text);
  if (ms > MOST_WAITED_MS) throw new InvalidArgumentError(`Found '${text}'; a promotion waits for 90 days at most.`);
  return ms;
}
const MOST_WAITED_MS = 90 * 24 * 3_600_000;

/** `--json`: for programs. */
export const jsonOption = (): Option => new Option('--json', 'print JSON, for programs');

/** For how long what is signed may be sent. */
export function hoursOf(text: string): number {
  const hours = Number(text);
  if (hours > 0 && hours <= 24 * 365) return hours;
  throw new InvalidArgumentError('Expected hours above 0 and up to a year, such as --hours 24.');
}
