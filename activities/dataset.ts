import { readFileSync } from 'node:fs';
import { buildDataset } from '../datasets/build.ts';
import { GENERATION_PROMPT_VERSION } from '../datasets/generate.ts';
import { ExampleSchema, type Example } from '../datasets/schema.ts';
import type { Dependencies } from './dependencies.ts';
import { fatal } from './failure.ts';
import { withHeartbeat } from './heartbeat.ts';
import type { Activities } from './types.ts';

const { version: WHETSTONE_VERSION } = JSON.parse(
  readFileSync(new URL('../package.json', import.meta.url), 'utf8'),
) as { version: string };

export function datasetActivities({ artifacts }: Dependencies): Pick<Activities, 'assembleDataset'> {
  return {
    assembleDataset: ({ config, documents, shards }) =>
      withHeartbeat({ stage: 'dataset', label: 'dataset' }, async (report) => {
        const examples: Example[] = [];
        for (const [i, shard] of shards.entries()) {
          examples.push(...(await artifacts.loadJsonLines(shard, ExampleSchema)));
          report(i + 1, shards.length);
        }
        if (examples.length === 0) {
          throw fatal(
            'dataset',
            `no question was generated from ${documents.documents} documents (${documents.chunks.rows} chunks); the built-in teacher needs plain declarative sentences`,
          );
        }
        const {
          documents: _paths,
          candidates: _training,
          gate: _gate,
          promote: _promote,
          evaluation: _evaluation,
          ...recipe
        } = config;
        const versions = new Map(
          examples.flatMap(({ verdict }) => verdict.judgements.map((j) => [j.judge, j.version] as const)),
        );
        const { uri, version, sha256, manifest, chat } = await buildDataset({
          name: config.name,
          examples,
          split: config.split,
          seed: config.seed,
          target: config.generation.target,
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
            judges: Object.fromEntries(versions),
          },
          store: artifacts,
        });
        const { generated, kept, rejected, splits } = manifest;
        return {
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
        };
      }),
  };
}
