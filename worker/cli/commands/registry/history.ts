import { Command } from 'commander';
import { historyOf } from '../../../../operations/promotions/history.ts';
import { namedAlias } from '../../../../operations/promotions/named-version.ts';
import { jsonOption } from '../../options.ts';
import { say, withRegistry } from '../context.ts';

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
        say(events.map(({ at, text }) => `${at}  ${text}`).join('\n') || `nothing has happened to ${name}`);
      }),
    );
}
