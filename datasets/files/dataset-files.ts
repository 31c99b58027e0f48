import { once } from 'node:events';
import { createWriteStream, type WriteStream } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { finished } from 'node:stream/promises';
import { chatLine, preferenceLine } from './chat-line.ts';
import { sha256OfFile } from '../../common/hash.ts';
import { EXAMPLE_COLUMNS, exampleRow } from './example-rows.ts';
import { createParquet, type ParquetFile } from '../../tables/parquet.ts';
import type { DataRef, Example } from '../../schema/data.ts';
import { SplitNameSchema, type SplitName } from '../../schema/manifest.ts';

export interface DatasetFiles {
  append(split: SplitName, example: Example): Promise<void>;
  /** Ends all files. References are relative to the folder. */
  close(): Promise<{
    splits: Record<SplitName, DataRef>;
    chat: Record<'train' | 'validation', DataRef>;
    preferences?: DataRef;
  }>;
  abandon(): Promise<void>;
}

/** The files of a dataset in the making, written side by side, a row at a time: a Parquet file a split, and chat lines for trainers. */
export async function createDatasetFiles(folder: string, systemPrompt: string): Promise<DatasetFiles> {
  await mkdir(join(folder, 'data'));
  await mkdir(join(folder, 'chat'));
  const splits = new Map<SplitName, ParquetFile>();
  for (const split of SplitNameSchema.options) {
    splits.set(split, await createParquet({ path: join(folder, `data/${split}.parquet`), columns: EXAMPLE_COLUMNS }));
  }
  const chats = {
    train: lines(join(folder, 'chat/train.jsonl')),
    validation: lines(join(folder, 'chat/validation.jsonl')),
  };
  const preferences = lines(join(folder, 'chat/preference.jsonl'));
  return {
    append: async (split, example) => {
      await splits.get(split)?.append(exampleRow(example));
      if (split === 'train' || split === 'validation') await chats[split].append(chatLine(example, systemPrompt));
      const preferred = split === 'train' ? preferenceLine(example, systemPrompt) : undefined;
      if (preferred) await preferences.append(preferred);
    },
    close: async () => {
      const parquet = async (split: SplitName): Promise<[SplitName, DataRef]> => {
        const uri = `data/${split}.parquet`;
        const rows = (await splits.get(split)?.close()) ?? 0;
        return [split, { uri, sha256: await sha256OfFile(join(folder, uri)), rows }];
      };
      const refs = await Promise.all(SplitNameSchema.options.map(parquet));
      const chat = async (name: string, file: ReturnType<typeof lines>): Promise<DataRef> => {
        const uri = `chat/${name}.jsonl`;
        const rows = await file.close();
        return { uri, sha256: await sha256OfFile(join(folder, uri)), rows };
      };
      const preferred = await chat('preference', preferences);
      // Where none is asked for there is no file.
      if (preferred.rows === 0) await rm(join(folder, preferred.uri));
      return {
        splits: Object.fromEntries(refs) as Record<SplitName, DataRef>,
        chat: { train: await chat('train', chats.train), validation: await chat('validation', chats.validation) },
        ...(preferred.rows > 0 && { preferences: preferred }),
      };
    },
    abandon: async () => {
      for (const file of splits.values()) await file.abandon();
      for (const file of [...Object.values(chats), preferences]) file.abandon();
    },
  };
}

function lines(path: string) {
  const stream: WriteStream = createWriteStream(path, { flags: 'wx' });
  let rows = 0;
  return {
    append: async (value: unknown) => {
      rows += 1;
      if (!stream.write(`${JSON.stringify(value)}\n`)) await once(stream, 'drain');
    },
    close: async () => {
      stream.end();
      await finished(stream);
      return rows;
    },
    abandon: () => void stream.destroy(),
  };
}
