import type { RunConfig } from '../../configs/schema.ts';
import { planTasks, type TaskPlan } from './plan-tasks.ts';
import type { Chunk, QaPair } from '../../schema/data.ts';
import { importedFrom } from '../../schema/origin.ts';
import { sourceQuotas } from './source-quotas.ts';
import type { PairToImport } from '../imports/read-imports.ts';

/** What the teacher is asked in the first round: the target, less what imported pairs are expected to make up. */
export function firstTasks(input: {
  config: RunConfig;
  chunks: readonly Chunk[];
  imports: readonly PairToImport[];
  /** Passages to be asked before others. */
  first?: ReadonlySet<string>;
}): TaskPlan {
  const { config, chunks, imports, first } = input;
  const { generation, seed } = config;
  if (!generation.synthetic) return { tasks: [], missing: generation.target, fresh: 0 };
  return planTasks({ chunks, generation, accepted: likelyImports(config, imports), sample: 0, seed, first });
}

/** Of the imported pairs those that are expected to make up a part of the target. */
export function likelyImports(config: RunConfig, imports: readonly PairToImport[]): QaPair[] {
  const pairs = imports.map(({ pair }) => pair);
  return sourceQuotas(config)
    .flatMap(({ file, most }) => pairs.filter((pair) => importedFrom(pair) === file).slice(0, most))
    .slice(0, config.generation.target);
}
