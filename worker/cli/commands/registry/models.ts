import Table from 'cli-table3';
import { Command } from 'commander';
import { isWeights, modelId } from '../../../../contract/model-ref.ts';
import { findModels, modelHistory, NO_MODEL_YET, type ModelHistory } from '../../../../operations/models.ts';
import { jsonOption } from '../../options.ts';
import { say, withRegistry } from '../context.ts';

/** `models [MODEL]`: versions, what each alias points at, and how it came there. */
export function modelsCommand(): Command {
  return new Command('models')
    .description('List models; with MODEL its versions, aliases and their history')
    .argument('[model]')
    .option('--archived', 'also versions that were put away')
    .addOption(jsonOption())
    .action((model: string | undefined, { archived = false, json }: { archived?: boolean; json?: boolean }) =>
      withRegistry(async (registry) => {
        const found = await findModels(registry, model);
        const models = await Promise.all(
          found.map((one) => modelHistory(registry, one, json ? undefined : EVENTS_SHOWN + 1)),
        );
        const shown = models.map((one) => ({
          ...one,
          versions: one.versions.filter(({ isArchived }) => archived || !isArchived),
        }));
        if (json) return say(JSON.stringify(shown, null, 2));
        if (shown.length === 0) say(NO_MODEL_YET);
        for (const one of shown) say(modelText(one));
      }),
    );
}

/** The whole of it is for `history`. */
const EVENTS_SHOWN = 20;

/** A model's versions as a table, then what happened to it. */
function modelText({ name, versions, events }: ModelHistory): string {
  const table = new Table({
    head: ['version', 'serves as', 'candidate', 'base', 'dataset', 'weights', 'made', 'gate', ''],
    style: { head: [], border: [] },
  });
  for (const {
    version,
    servesAs,
    candidate,
    base,
    datasetVersion,
    ref,
    createdAt,
    gate,
    blocked,
    isArchived,
  } of versions)
    table.push([
      version,
      servesAs.join(', '),
      candidate,
      base,
      datasetVersion ?? '',
      isWeights(ref) ? ref.sha256.slice(0, 12) : modelId(ref),
      createdAt.slice(0, 16),
      gate?.decision ?? '',
      blocked ? `withdrawn by ${blocked.by}: ${blocked.why}` : isArchived ? 'archived' : '',
    ]);
  const last = events.slice(-EVENTS_SHOWN).map(({ at, text }) => `  ${at}  ${text}`);
  const earlier = events.length > last.length ? [`  earlier: npx whetstone history ${name}`] : [];
  const owed = events.filter(({ what }) => what === 'owes a review').map(({ text }) => `  ${text}`);
  const reviews = owed.length > 0 ? ['Reviews owed', ...owed] : [];
  return [name, table.toString(), ...reviews, 'History', ...earlier, ...last, ''].join('\n');
}
