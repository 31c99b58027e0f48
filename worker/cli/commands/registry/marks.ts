import { Command } from 'commander';
import { archive, pin } from '../../../../operations/promotions/marks.ts';
import { namedAlias, namedVersion } from '../../../../operations/promotions/named-version.ts';
import { byOption, jsonOption, whyOption } from '../../options.ts';
import { say, withRegistry } from '../context.ts';

interface Options {
  by: string;
  why: string;
  undo?: boolean;
  json?: boolean;
}

/** `pin MODEL[@ALIAS]`: no promotion moves the alias until it is unpinned. */
export function pinCommand(): Command {
  return new Command('pin')
    .description('Keep an alias where it is: no promotion moves it until --undo. Rollback and takedown still do')
    .argument('<alias>', 'such as womens-health@production; production where none is named')
    .addOption(byOption())
    .addOption(whyOption('frozen until the audit'))
    .option('--undo', 'let promotions move it again')
    .addOption(jsonOption())
    .action((name: string, { by, why, undo = false, json }: Options) =>
      withRegistry(async (registry) => {
        const { model, alias } = namedAlias(name);
        const changed = await pin(registry, { model, alias, by, why, undo });
        if (json) return say(JSON.stringify({ model, alias, pinned: !undo, changed }, null, 2));
        if (!changed)
          return say(`${alias} of ${model} is ${undo ? 'not pinned' : 'pinned already'}; nothing was changed`);
        say(undo ? `promotions may move ${alias} of ${model} again` : `${alias} of ${model} stays where it is`);
      }),
    );
}

/** `archive MODEL@vN`: puts a version away. */
export function archiveCommand(): Command {
  return new Command('archive')
    .description('Put a version away: no alias moves to it until --undo, and a clean-up may delete its weights')
    .argument('<version>', 'such as womens-health@v3')
    .addOption(byOption())
    .addOption(whyOption('replaced by version 5'))
    .option('--undo', 'take it back')
    .addOption(jsonOption())
    .action((name: string, { by, why, undo = false, json }: Options) =>
      withRegistry(async (registry) => {
        const { model, version } = await namedVersion(registry, name);
        const changed = await archive(registry, { model, version, by, why, undo });
        if (json) return say(JSON.stringify({ model, version, archived: !undo, changed }, null, 2));
        const state = undo ? 'not archived' : 'archived already';
        if (!changed) return say(`version ${version} of ${model} is ${state}; nothing was changed`);
        say(`version ${version} of ${model} is ${undo ? 'back' : 'archived'}`);
      }),
    );
}
