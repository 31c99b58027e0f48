import { z } from 'zod';
import { readExamples } from '../datasets/files/example-rows.ts';
import { factsLines, type ChatLine } from './recipe.ts';
import { ChunkSchema, type DataRef } from '../schema/data.ts';
import type { ArtifactStore } from '../artifacts/store.ts';
import type { FineTuneInput } from '../contract/model-stages.ts';

const LineSchema = z.object({ messages: z.array(z.object({ role: z.string(), content: z.string() })) });

/** The training file of the recipe `facts`: the dataset's lines, and what the recipe adds. The same input writes the same file. */
export async function factsFile(options: { artifacts: ArtifactStore; input: FineTuneInput }): Promise<DataRef> {
  const { artifacts, input } = options;
  const { dataset, candidate, chunks } = input;
  const lines: ChatLine[] = await artifacts.loadJsonLines(dataset.train, LineSchema);
  const [first] = lines[0]?.messages ?? [];
  const added = factsLines({
    examples: await readExamples({ ref: dataset.trainExamples, store: artifacts }),
    chunks: chunks ? await artifacts.loadJsonLines(chunks, ChunkSchema) : [],
    settings: candidate.facts,
    systemPrompt: first?.role === 'system' ? first.content : '',
  });
  return artifacts.writeJsonLines({ kind: 'training', rows: [...lines, ...added] });
}
