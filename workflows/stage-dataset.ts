import type { DatasetResult, DocumentsResult, ResolvedRun } from '../activities/types.ts';
import * as activity from './proxies.ts';
import type { RunBudget } from './run-budget.ts';
import type { RunState } from './run-state.ts';
import { generate } from './stage-generation.ts';

/** From a config to a dataset: what `improveModel` begins with, and all that `buildDataset` does. */
export async function makeDataset(
  run: RunState,
  options: {
    source: string | Record<string, unknown>;
    budget: RunBudget;
    /** Called once the documents are read, for work that needs nothing more. */
    onDocuments?: (resolved: ResolvedRun, documents: DocumentsResult) => void;
  },
): Promise<{ resolved: ResolvedRun; documents: DocumentsResult; dataset: DatasetResult }> {
  const { source, budget, onDocuments } = options;
  const resolved = await run.stage(
    'config',
    () => activity.resolveConfig({ config: source }),
    (r) => `${r.source}, hash ${r.configHash.slice(0, 12)}`,
  );
  const { config, configHash } = resolved;
  run.setModel(config.name);
  budget.start(config.budget);

  const documents = await run.stage(
    'documents',
    () => activity.readDocuments({ config }),
    (r) => `${r.documents} documents, ${r.chunks.rows} chunks`,
  );
  run.progress.generation.chunks = documents.chunks.rows;
  onDocuments?.(resolved, documents);

  const shards = await generate(run, { resolved, chunks: documents.chunks, budget });
  const dataset = await run.stage(
    'dataset',
    () => activity.assembleDataset({ config, configHash, documents, shards }),
    (d) => `version ${d.version}: ${d.generated} generated, ${d.kept} kept`,
  );
  return { resolved, documents, dataset };
}
