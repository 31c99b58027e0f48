import { Command, InvalidArgumentError } from 'commander';
import { namedAlias } from '../../../../operations/promotions/named-version.ts';
import {
  previewRollBack,
  rollBack,
  takeDown,
  unblock,
  type RollbackPreview,
} from '../../../../operations/roll-back.ts';
import { byOption, jsonOption, whyOption } from '../../options.ts';
import { say, store, withRegistry } from '../context.ts';
import { withIndexes } from './indexes.ts';

interface RollbackOptions {
  alias: string;
  to?: number;
  base?: boolean;
  by: string;
  why: string;
  dryRun?: boolean;
  json?: boolean;
}

/** `rollback MODEL`: puts an earlier version back at once, and withdraws the one that served. */
export function rollbackCommand(): Command {
  return new Command('rollback')
    .description('Put an earlier version back; the one that served is withdrawn until it is unblocked')
    .argument('<model>', 'such as womens-health, or womens-health@staging')
    .option('--alias <alias>', 'the alias to move', 'production')
    .option('--to <version>', 'the version to put back, of those that served; without, the one before', versionNumber)
    .option('--base', 'also to the untuned base')
    .addOption(byOption())
    .option('--why <reason>', 'why, for the history', 'rolled back from the command line')
    .option('--dry-run', 'say what it would serve, and change nothing')
    .addOption(jsonOption())
    .action((name: string, { alias: typed, base = false, to, dryRun, json, ...said }: RollbackOptions) =>
      withRegistry(async (registry) => {
        const { model, alias } = namedAlias(name, typed);
        const request = { model, alias, allowBase: base, ...(to !== undefined && { to }), by: said.by, why: said.why };
        const artifacts = await store();
        const preview = await withIndexes((indexes) => previewRollBack(registry, artifacts, request, indexes));
        if (!json) say(previewText(`${alias} of ${model}`, preview));
        if (dryRun) return json ? say(JSON.stringify(preview, null, 2)) : undefined;
        // What was shown is what is done, whatever happened meanwhile.
        const { withdraws, toVersion } = await rollBack(registry, { ...request, to: preview.to });
        if (json) return say(JSON.stringify({ ...preview, moved: true }, null, 2));
        const withdrawn = withdraws === undefined ? '' : `; version ${withdraws} is withdrawn`;
        say(`${alias} of ${model} points at version ${toVersion} again${withdrawn}`);
      }),
    );
}

function previewText(name: string, { from, to, candidate, withdraws, scores, withheld }: RollbackPreview): string {
  const what = candidate === 'base' ? 'the untuned base' : candidate;
  return [
    `${name}: ${from === null ? 'nothing' : `version ${from}`} -> version ${to} (${what}), which scored`,
    ...(scores.length > 0 ? scores : ['nothing that is known here']).map((line) => `  ${line}`),
    ...withheld.map((line) => `  ${line}`),
    // What was taken down comes back by its number alone.
    ...(from === null && withdraws !== undefined
      ? [`  version ${withdraws}, which was taken down, is withdrawn; to put that back instead: --to ${withdraws}`]
      : []),
  ].join('\n');
}

/** `takedown MODEL@ALIAS`: the alias serves nothing. */
export function takedownCommand(): Command {
  return new Command('takedown')
    .description('Serve nothing: the gateway answers 503 with the reason, until a promotion or a rollback')
    .argument('<alias>', 'such as womens-health@production; production where none is named')
    .addOption(byOption())
    .addOption(whyOption('wrong doses'))
    .addOption(jsonOption())
    .action((name: string, { by, why, json }: { by: string; why: string; json?: boolean }) =>
      withRegistry(async (registry) => {
        const { model, alias } = namedAlias(name);
        const move = await takeDown(registry, { model, alias, by, why });
        if (json) return say(JSON.stringify(move, null, 2));
        say(
          `${alias} of ${model} serves nothing now; version ${move.fromVersion} did. Bring one back:\n` +
            `  npx whetstone rollback ${model} --alias ${alias} --to ${move.fromVersion} --why "..."`,
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
    .addOption(byOption())
    .addOption(whyOption('the report was about version 1'))
    .addOption(jsonOption())
    .action((model: string, text: string, { by, why, json }: { by: string; why: string; json?: boolean }) =>
      withRegistry(async (registry) => {
        const version = Number(text);
        const wasBlocked = await unblock(registry, { model, version, by, why });
        if (json) return say(JSON.stringify({ model, version, blocked: false, changed: wasBlocked }, null, 2));
        say(
          wasBlocked
            ? `version ${version} of ${model} may be promoted again`
            : `version ${version} of ${model} was not withdrawn; nothing was changed`,
        );
      }),
    );
}

function versionNumber(text: string): number {
  const version = Number(text.replace(/^v/, ''));
  if (Number.isInteger(version) && version > 0) return version;
  throw new InvalidArgumentError(`Expected a version's number, such as 2.`);
}
