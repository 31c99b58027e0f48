import Table from 'cli-table3';
import { Command } from 'commander';
import { modelId } from '../../../contract/model-ref.ts';
import { findModels, modelHistory, NO_MODEL_YET, type ModelHistory } from '../../../operations/models.ts';
import { say, withRegistry } from './context.ts';

/** `models [MODEL]`: versions, what each alias points at, and how it came there. */
export function modelsCommand(): Command {
  return new Command('models')
    .description('List models; with MODEL its versions, aliases and their history')
    .argument('[model]')
    .action((model: string | undefined) =>
      withRegistry(async (registry) => {
        const models = await findModels(registry, model);
        if (models.length === 0) say(NO_MODEL_YET);
        for (const one of models) say(modelText(await modelHistory(registry, one)));
      }),
    );
}

/** A model's versions as a table, then what happened to it. */
function modelText({ name, versions, events }: ModelHistory): string {
  const table = new Table({
    head: ['version', 'serves as', 'candidate', 'base', 'dataset', 'weights', 'made', ''],
    style: { head: [], border: [] },
  });
  for (const { version, servesAs, candidate, base, datasetVersion, ref, createdAt, blocked } of versions)
    table.push([
      version,
      servesAs.join(', '),
      candidate,
      base,
      datasetVersion ?? '',
      ref.kind === 'hosted' ? modelId(ref) : ref.sha256.slice(0, 12),
      createdAt.slice(0, 16),
      blocked ? `withdrawn by ${blocked.by}: ${blocked.why}` : '',
    ]);
  return [name, table.toString(), 'History', ...events.map(({ at, text }) => `  ${at}  ${text}`), ''].join('\n');
}
