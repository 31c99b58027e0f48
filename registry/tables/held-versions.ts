import { sql, type Kysely } from 'kysely';
import { columnTypes, isPostgres } from '../../sql/words.ts';
import type { RegistryTables } from '../schema.ts';

/** What the gate said of a version and what made it, and who asked for a promotion by hand. */
export async function addHeldVersions(db: Kysely<RegistryTables>): Promise<void> {
  const { text } = columnTypes(db);
  await db.schema.alterTable('versions').addColumn('gate', text).execute();
  await db.schema.alterTable('versions').addColumn('made', text).execute();
  await db.schema.alterTable('promotions').addColumn('request', text).execute();
  const refusal = isPostgres(db)
    ? `for each row execute function registry_refuse()`
    : `begin select raise(abort, 'promotions is append-only: update is refused'); end`;
  await sql
    .raw(`create trigger promotions_no_update_of_request before update of request on promotions ${refusal}`)
    .execute(db);
}
