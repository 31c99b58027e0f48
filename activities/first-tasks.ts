import type { RunConfig } from '../configs/schema.ts';
import { planTasks, type TaskPlan } from '../datasets/plan-tasks.ts';
import type { Chunk } from '../datasets/schema.ts';
import { sourceQuotas } from '../datasets/source-quotas.ts';
import type { PairToImport } from './imports.ts';

/** What the teacher is asked in the first round: the target, less what imported pairs are expected to make up. */
export function firstTasks(input: {
  config: RunConfig;
  chunks: readonly Chunk[];
  imports: readonly PairToImport[];
}): TaskPlan {
  const { config, chunks, imports } = input;
  const { generation } = config;
  if (!generation.synthetic) return { tasks: [], missing: generation.target };
  const pairs = imports.map(({ pair }) => pair);
  const accepted = sourceQuotas(config).flatMap(({ documentId, most }) =>
    pairs.filter((pair) => pair.documentId === documentId).slice(0, most),
  );
  return planTasks({ chunks, generation, accepted: accepted.slice(0, generation.target), sample: 0 });
}
