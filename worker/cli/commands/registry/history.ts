import { Command } from 'commander';
import { shortened } from '../../../../common/shortened.ts';
import { historyOf } from '../../../../operations/promotions/history.ts';
import { namedAlias } from '../../../../operations/promotions/named-version.ts';
import { jsonOption } from '../../options.ts';
import { say, withRegistry } from '../context.ts';

/** Characters of a line: an evaluation has a reason for each thing that its gate asks. */
const SHOWN = 400;

/** `history MODEL[@ALIAS]`: all that happened, and what waits. */
export function historyCommand(): Command {
  return new Command('history')
    .description(
      'All that happened to a model or an alias: moves, decisions, promotions that came to nothing, what waits',
    )
    .argument('<model>', 'such as womens-health, or womens-health@production for one alias')
    .addOption(jsonOption())
    .action((name: string, { json }: { json?: boolean }) =>
      withRegistry(async (registry) => {
        const { model, alias } = namedAlias(name);
        const events = await historyOf(registry, { model, ...(name.includes('@') && { alias }) });
        if (json) return say(JSON.stringify(events, null, 2));
        if (events.length === 0) return say(`nothing has happened to ${name}`);
        say(events.map(({ at, text }) => `${at}  ${shortened(text, SHOWN)}`).join('\n'));
        const long = events.filter(({ text }) => text.length > SHOWN).length;
        if (long > 0) say(`${long} of ${events.length} lines are shortened; --json has them whole`);
      }),
    );
}
