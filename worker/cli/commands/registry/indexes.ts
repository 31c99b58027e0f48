import { existsSync } from 'node:fs';
import { openIndexStore, type IndexStore } from '../../../../retrieval/store/store.ts';
import { databaseFile } from '../../../../sql/database.ts';
import { paths } from '../context.ts';

/** Does something with the indexes, as far as there are any that can be opened: a registry is looked at, and moved, without them. */
export async function withIndexes<T>(work: (indexes: IndexStore | undefined) => Promise<T>): Promise<T> {
  const indexes = await openIndexes().catch(() => undefined);
  try {
    return await work(indexes);
  } finally {
    await indexes?.close();
  }
}

/** The indexes of this system. Looking makes none where there are none. */
export async function openIndexes(): Promise<IndexStore | undefined> {
  const url = paths().index;
  const file = databaseFile(url);
  return file !== undefined && !existsSync(file) ? undefined : openIndexStore(url);
}
