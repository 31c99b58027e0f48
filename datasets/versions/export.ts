import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { finished } from 'node:stream/promises';
import { z } from 'zod';
import type { BuiltDataset } from '../assembly/build.ts';
import { chatLine, preferenceLine } from '../files/chat-line.ts';
import { streamExamples } from '../files/example-rows.ts';
import type { Example } from '../../schema/data.ts';
import type { ArtifactStore } from '../../artifacts/store.ts';

/** A dataset in the formats that trainers read: a JSON-lines file a split. */

export const EXPORT_FORMATS = ['chat', 'alpaca', 'sharegpt', 'preference'] as const;
export type ExportFormat = (typeof EXPORT_FORMATS)[number];

/** Undefined leaves an example out. */
type Line = (example: Example, systemPrompt: string) => unknown;

/** A new format is its line here. */
const LINES: Readonly<Record<ExportFormat, Line>> = {
  // OpenAI, TRL: {"messages": [{"role", "content"}, ...]}
  chat: chatLine,
  // TRL's DPO, conversational: {"prompt", "chosen", "rejected"}, of the examples that have a preference.
  preference: preferenceLine,
  // Stanford Alpaca, with the turns before as LLaMA-Factory reads them: history is a list of [question, answer].
  alpaca: ({ question, answer, history }, systemPrompt) => ({
    instruction: question,
    input: '',
    output: answer,
    ...(systemPrompt && { system: systemPrompt }),
    ...(history.length > 0 && { history: turnsOf(history) }),
  }),
  // ShareGPT, as Axolotl and LLaMA-Factory read it.
  sharegpt: ({ question, answer, history }, systemPrompt) => ({
    conversations: [
      ...(systemPrompt ? [{ from: 'system', value: systemPrompt }] : []),
      ...history.map(({ role, content }) => ({ from: role === 'user' ? 'human' : 'gpt', value: content })),
      { from: 'human', value: question },
      { from: 'gpt', value: answer },
    ],
  }),
};

function turnsOf(history: Example['history']): [string, string][] {
  const turns: [string, string][] = [];
  for (let i = 0; i + 1 < history.length; i += 2) turns.push([history[i]!.content, history[i + 1]!.content]);
  return turns;
}

/**
 * Writes train, validation and test below `folder`, which is made; the same dataset gives the same bytes.
 * @returns rows by split
 */
export async function exportDataset(input: {
  dataset: BuiltDataset;
  format: ExportFormat;
  folder: string;
  store: ArtifactStore;
}): Promise<Record<'train' | 'validation' | 'test', number>> {
  const { dataset, format, folder, store } = input;
  await mkdir(folder, { recursive: true });
  const systemPrompt = z.string().catch('').parse(dataset.manifest.madeBy['systemPrompt']);
  const rows = { train: 0, validation: 0, test: 0 };
  for (const split of ['train', 'validation', 'test'] as const) {
    const file = createWriteStream(join(folder, `${split}.jsonl`), { flags: 'wx' });
    for await (const example of streamExamples({ ref: dataset.manifest.splits[split], store })) {
      const line = LINES[format](example, systemPrompt);
      if (line === undefined) continue;
      rows[split] += 1;
      if (!file.write(`${JSON.stringify(line)}\n`)) await once(file, 'drain');
    }
    file.end();
    await finished(file);
  }
  return rows;
}
