import { Command } from 'commander';
import { rollBack, unblock } from '../../../operations/roll-back.ts';
import { currentUser, say, withRegistry } from './context.ts';

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
        const { fromVersion, toVersion } = await rollBack(registry, { model, alias, by, why });
        say(`${alias} of ${model} points at version ${toVersion} again; version ${fromVersion} is withdrawn`);
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
    .action((model: string, text: string, { by, why }: { by: string; why: string }) =>
      withRegistry(async (registry) => {
        const version = Number(text);
        const wasBlocked = await unblock(registry, { model, version, by, why });
        say(
          wasBlocked
            ? `version ${version} of ${model} may be promoted again`
            : `version ${version} of ${model} was not withdrawn; nothing was changed`,
        );
      }),
    );
}
