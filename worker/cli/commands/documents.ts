import { Command } from 'commander';
import { shownUri } from '../../../artifacts/place.ts';
import { findLayers } from '../../../operations/documents.ts';
import { jsonOption } from '../options.ts';
import { say, store } from './context.ts';

/** `documents`: where a model's documents lie as tables, as they were when they were last read. */
export function documentsCommand(): Command {
  return new Command('documents')
    .description(
      "Where a model's documents lie as Parquet tables: bytes (bronze), clean text (silver), passages (gold)",
    )
    .argument('<model>')
    .addOption(jsonOption())
    .action(async (model: string, { json }: { json?: boolean }) => {
      const layers = await findLayers(await store(), model);
      say(json ? JSON.stringify(layers, null, 2) : layersText(layers));
    });
}

const WHAT = {
  bronze: 'documents, each with where its bytes are kept',
  silver: 'texts, with blocks, pages and labels',
  gold: 'passages, with where they stand and who may read them',
};

export function layersText({ name, ...layers }: Awaited<ReturnType<typeof findLayers>>): string {
  const lines = (Object.keys(WHAT) as (keyof typeof WHAT)[]).map(
    (layer) => `  ${layer.padEnd(6)}  ${shownUri(layers[layer].uri)}  ${layers[layer].rows} ${WHAT[layer]}`,
  );
  if (layers.embedding)
    lines.push(`          with vectors of ${layers.embedding.model} (${layers.embedding.dimensions} numbers)`);
  return [name, ...lines, `  duckdb -c "select * from '${shownUri(layers.gold.uri)}' limit 5"`].join('\n');
}
