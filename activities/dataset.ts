import { readFileSync } from 'node:fs';
import { decideDataset, writeDataset } from '../datasets/build.ts';
import { GENERATION_PROMPT_VERSION } from '../datasets/generate.ts';
import { ChunkSchema, ExampleSchema, type Example } from '../datasets/schema.ts';
import { planTasks } from '../datasets/plan-tasks.ts';
import type { Dependencies } from './dependencies.ts';
import { fatal } from './failure.ts';
import { withHeartbeat } from './heartbeat.ts';
import type { Activities } from './types.ts';

const { version: WHETSTONE_VERSION } = JSON.parse(
  readFileSync(new URL('../package.json', import.meta.url), 'utf8'),
) as { version: string };

export function datasetActivities({ artifacts }: Dependencies): Pick<Activities, 'assembleDataset'> {
  return {
    assembleDataset: ({ config, documents, shards, nextRound }) =>
      withHeartbeat({ stage: 'dataset', label: 'dataset' }, async (report) => {
        const generated = shards.reduce((sum, shard) => sum + shard.rows, 0);
        if (generated === 0) {
          throw fatal(
            'dataset',
            `no question was generated from ${documents.documents} documents (${documents.chunks.rows} chunks); the built-in teacher needs plain declarative sentences`,
          );
        }
        let read = 0;
        async function* examples(): AsyncGenerator<Example> {
          // Read twice: once to decide, once to write. Their content is checked by hash each time, their shape the first time.
          const schema = read === 0 ? ExampleSchema : undefined;
          for (const shard of shards) {
            yield* artifacts.readJsonLines<Example>(shard, schema);
            report((read += shard.rows), 2 * generated);
          }
        }
        const {
          documents: _paths,
          candidates: _training,
          gate: _gate,
          promote: _promote,
          evaluation: _evaluation,
          ...recipe
        } = config;
        const { generation } = config;
        const decided = await decideDataset({ examples, split: config.split, seed: config.seed, generation });
        const accepted = decided.kept.length;
        if (nextRound && accepted > nextRound.above && decided.missing > 0) {
          const chunks = await artifacts.loadJsonLines(documents.chunks, ChunkSchema);
          const plan = planTasks({ chunks, generation, accepted: decided.kept, sample: nextRound.sample });
          const tasks = await artifacts.writeJsonLines({ kind: 'tasks', rows: plan.tasks });
          return { status: 'short', accepted, missing: decided.missing, tasks };
        }
        const { uri, version, sha256, manifest, chat } = await writeDataset({
          decided,
          name: config.name,
          examples,
          split: config.split,
          seed: config.seed,
          generation,
          systemPrompt: config.serving.systemPrompt,
          source: {
            documents: documents.documents,
            documentsSha256: documents.documentsSha256,
            chunks: documents.chunks.rows,
            licences: documents.licences,
          },
          // Only what makes the dataset: another gate or candidate, or the documents in another folder, make no other one.
          madeBy: {
            whetstone: WHETSTONE_VERSION,
            generation: GENERATION_PROMPT_VERSION,
            recipe,
          },
          store: artifacts,
        });
        const { kept, rejected, splits } = manifest;
        return {
          status: 'built',
          dataset: {
            uri,
            version,
            sha256,
            generated,
            kept,
            rejected,
            train: chat.train,
            validation: chat.validation,
            test: splits.test,
            trainExamples: splits.train,
          },
        };
      }),
  };
}
