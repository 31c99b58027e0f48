import type { Kysely } from 'kysely';
import { columnTypes } from '../../sql/words.ts';
import type { RegistryTables } from '../schema.ts';

/** How a version answers from the documents, with the snapshot of the index that it was promoted with. */
export async function addOpenBook(db: Kysely<RegistryTables>): Promise<void> {
  const { text } = columnTypes(db);
  await db.schema.alterTable('versions').addColumn('openBook', text).execute();
}
