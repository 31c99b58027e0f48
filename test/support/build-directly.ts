import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import { createActivities } from '../../activities/index.ts';
import type { ActivitiesOf } from '../../contract/queues.ts';
import type { DatasetResult, DocumentsResult } from '../../contract/dataset-stages.ts';
import { resolvePaths, type Paths } from '../../configs/paths.ts';
import type { RunConfig, RunConfigInput } from '../../configs/schema.ts';
import type { DataRef } from '../../schema/data.ts';
import { Composition } from '../../worker/dependencies.ts';
import { roundsOf, shardsOf } from '../../contract/shards.ts';

/** A dataset by the activities alone, in the order of the workflow: no server, no worker, no Python. */

type Generation = ActivitiesOf<'generation'>;

export interface Built {
  config: RunConfig;
  documents: DocumentsResult;
  dataset: DatasetResult;
}

/**
 * @param roots folders outside the checkout that the config's files lie in
 * @throws what an activity throws
 */
export async function buildDirectly(input: {
  config: string | RunConfigInput;
  state: string;
  roots?: string[];
  testNeeded?: boolean;
}): Promise<Built & { paths: Paths }> {
  const { state, roots = [], testNeeded = true } = input;
  const env = {
    ...process.env,
    WHETSTONE_STATE: state,
    WHETSTONE_DOCUMENT_ROOTS: roots.join(':'),
  };
  const paths = resolvePaths(env);
  const composition = new Composition({ env, paths, say: () => {} });
  const activities = createActivities('generation', await composition.open('generation'));
  const environment = new MockActivityEnvironment({}, { logger: new DefaultLogger('ERROR') });
  const run = async <Name extends keyof Generation>(name: Name, argument: Parameters<Generation[Name]>[0]) => {
    const activity = activities[name] as (input: unknown) => Promise<unknown>;
    const result: unknown = await environment.run(activity as (input: unknown) => Promise<object>, argument);
    return result as Awaited<ReturnType<Generation[Name]>>;
  };
  try {
    const { config, configHash } = await run('resolveConfig', { config: input.config as Record<string, unknown> });
    const documents = await run('readDocuments', { config });
    const terms = { config, runId: 'direct', fresh: false, budget: {} };
    const shards: DataRef[] = [];
    const skipped: DataRef[] = [];
    for (const part of shardsOf(documents.imports.rows, 500))
      shards.push((await run('judgeImports', { ...terms, imports: documents.imports, ...part })).examples);
    let round = { tasks: documents.tasks, number: 0 };
    let accepted = 0;
    for (;;) {
      for (const part of shardsOf(round.tasks.rows, config.generation.shardChunks)) {
        const made = await run('makeExamples', { ...terms, tasks: round.tasks, ...part });
        shards.push(made.examples);
        if (made.skipped) skipped.push(made.skipped);
      }
      const next = round.number + 1;
      const nextRound = next < roundsOf(config) ? { sample: next, above: accepted } : null;
      const made = await run('assembleDataset', {
        ...terms,
        configHash,
        documents,
        shards,
        skipped,
        testNeeded,
        nextRound,
      });
      if (made.status === 'built') return { config, documents, dataset: made.dataset, paths };
      accepted = made.accepted;
      round = { tasks: made.tasks, number: next };
    }
  } finally {
    await composition.close();
  }
}
