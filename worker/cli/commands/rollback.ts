import { Command } from 'commander';
import { CommandError, currentUser, say, withRegistry } from './context.ts';

/** `rollback MODEL`: puts the previous version back at once, and withdraws the one that served. */
export function rollbackCommand(): Command {
  return new Command('rollback')
    .description('Put the previous version back; the one that served is withdrawn until it is unblocked')
    .argument('<model>')
    .option('--alias <alias>', 'the alias to move', 'production')
    .option('--by <name>', 'who decides', currentUser())
    .option('--why <reason>', 'why, for the history', 'rolled back from the command line')
    .action((model: string, { alias, by, why }: { alias: string; by: string; why: string }) =>
      withRegistry(async (registry) => {
        const result = await registry.rollback({ model, alias, by, why, at: new Date().toISOString() });
        if (result.status !== 'moved') throw new CommandError(result.message);
        say(
          `${alias} of ${model} points at version ${result.move.toVersion} again; version ${result.move.fromVersion} is withdrawn`,
        );
      }),
    );
}

/** `unblock MODEL VERSION`: lets a withdrawn version be promoted again. */
export function unblockCommand(): Command {
  return new Command('unblock')
    .description('Let a withdrawn version be promoted again')
    .argument('<model>')
    .argument('<version>')
    .option('--by <name>', 'who decides', currentUser())
    .requiredOption('--why <reason>', 'why, for the history')
    .action((model: string, version: string, { by, why }: { by: string; why: string }) =>
      withRegistry(async (registry) => {
        const number = Number(version);
        if (!Number.isInteger(number) || number < 1)
          throw new CommandError(`version: found '${version}'; expected a number such as 2`);
        const at = new Date().toISOString();
        const { wasBlocked } = await registry.clearBlock({ model, version: number, by, why, at });
        say(
          wasBlocked
            ? `version ${number} of ${model} may be promoted again`
            : `version ${number} of ${model} was not withdrawn; nothing was changed`,
        );
      }),
    );
}
