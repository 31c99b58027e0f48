import { existsSync } from 'node:fs';
import { openIndexStore, type IndexStore } from '../../../../retrieval/store/store.ts';
import { databaseFile } from '../../../../sql/database.ts';
import { paths } from '../context.ts';

/** The indexes of this system. Looking makes none where there are none. */
export async function openIndexes(): Promise<IndexStore | undefined> {
  const url = paths().index;
  const file = databaseFile(url);
  return file !== undefined && !existsSync(file) ? undefined : openIndexStore(url);
}
