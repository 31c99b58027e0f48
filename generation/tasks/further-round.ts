import type { RunConfig } from '../../configs/schema.ts';
import { planTasks } from './plan-tasks.ts';
import { ChunkSchema, GenerationTaskSchema, type DataRef, type Wording } from '../../schema/data.ts';
import type { ArtifactStore } from '../../artifacts/store.ts';
import type { AssembleResult, AssembleInput } from '../../contract/dataset-stages.ts';

/**
 * Whom to ask next. A teacher that is paid for is asked again only where its last round brought something; one by rules goes on as
 * long as there are passages that it was not asked about.
 */
export async function furtherRound(options: {
  config: RunConfig;
  artifacts: ArtifactStore;
  chunks: DataRef;
  accepted: readonly Pick<Wording, 'chunkId' | 'kind'>[];
  missing: number;
  nextRound: AssembleInput['nextRound'];
}): Promise<AssembleResult | undefined> {
  const { config, artifacts, accepted, missing, nextRound } = options;
  if (!nextRound) return undefined;
  const { sample, above, asked } = nextRound;
  const free = config.teacher.provider === 'builtin';
  if (accepted.length <= above && !free) return undefined;
  const chunks = await artifacts.loadJsonLines(options.chunks, ChunkSchema);
  const before =
    asked && (await Promise.all(asked.map((tasks) => artifacts.loadJsonLines(tasks, GenerationTaskSchema))));
  const { generation, seed } = config;
  const plan = planTasks({ chunks, generation, accepted, sample, seed, asked: before?.flat(), free });
  if (plan.tasks.length === 0 || (accepted.length <= above && plan.fresh === 0)) return undefined;
  const tasks = await artifacts.writeJsonLines({ kind: 'tasks', rows: plan.tasks });
  return { status: 'short', accepted: accepted.length, missing, tasks };
}
