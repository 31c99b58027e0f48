import Table from 'cli-table3';
import { Command } from 'commander';
import { isWeights, modelId } from '../../../../contract/model-ref.ts';
import { findModels, modelHistory, NO_MODEL_YET, type ModelHistory } from '../../../../operations/models.ts';
import { jsonOption } from '../../options.ts';
import { documentsSeen, sawGone } from '../../../../operations/audit/gone.ts';
import { placesOf } from '../../../../operations/audit/places.ts';
import { withheldLines } from '../../../../operations/audit/withheld.ts';
import { say, store, withRegistry } from '../context.ts';
import { withIndexes } from './indexes.ts';

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
        const artifacts = await store();
        const seenBy = documentsSeen({ store: artifacts, places: placesOf(artifacts) });
        const shown: ModelHistory[] = [];
        await withIndexes(async (indexes) => {
          for (const one of models) {
            const versions = [];
            for (const version of one.versions.filter(({ isArchived }) => archived || !isArchived)) {
              const gone = await sawGone(seenBy, version);
              const withheld = await withheldLines(indexes, version);
              versions.push({
                ...version,
                ...(gone !== undefined && { gone }),
                ...(withheld.length > 0 && { withheld }),
              });
            }
            shown.push({ ...one, versions });
          }
        });
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
  const isOpen = versions.some(({ openBook }) => openBook);
  const table = new Table({
    head: [
      'version',
      'serves as',
      'candidate',
      'base',
      'dataset',
      'weights',
      ...(isOpen ? ['answers from'] : []),
      'made',
      'gate',
      '',
    ],
    style: { head: [], border: [] },
  });
  for (const {
    version,
    servesAs,
    candidate,
    base,
    datasetVersion,
    ref,
    openBook,
    createdAt,
    gate,
    blocked,
    isArchived,
    gone,
    withheld = [],
  } of versions)
    table.push([
      version,
      servesAs.join(', '),
      candidate,
      base,
      datasetVersion ?? '',
      isWeights(ref) ? ref.sha256.slice(0, 12) : modelId(ref),
      ...(isOpen ? [openBook ? `${openBook.index.name} ${openBook.index.sha256.slice(0, 12)}` : 'itself'] : []),
      createdAt.slice(0, 16),
      gate?.decision ?? '',
      [blocked ? `withdrawn by ${blocked.by}: ${blocked.why}` : isArchived ? 'archived' : '', gone ?? '', ...withheld]
        .filter(Boolean)
        .join('; '),
    ]);
  const last = events.slice(-EVENTS_SHOWN).map(({ at, text }) => `  ${at}  ${text}`);
  const earlier = events.length > last.length ? [`  earlier: npx whetstone history ${name}`] : [];
  const owed = events.filter(({ what }) => what === 'owes a review').map(({ text }) => `  ${text}`);
  const reviews = owed.length > 0 ? ['Reviews owed', ...owed] : [];
  return [name, table.toString(), ...reviews, 'History', ...earlier, ...last, ''].join('\n');
}
