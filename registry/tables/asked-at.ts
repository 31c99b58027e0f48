import { sql, type Kysely } from 'kysely';
import { columnTypes, isPostgres } from '../../sql/words.ts';
import type { RegistryTables } from '../schema.ts';

/** When a promotion was asked for, which may be long before it is opened. Those of before say only when they were opened. */
export async function addAskedAt(db: Kysely<RegistryTables>): Promise<void> {
  const { text } = columnTypes(db);
  await db.schema.alterTable('promotions').addColumn('askedAt', text).execute();
  const refusal = isPostgres(db)
    ? `for each row execute function registry_refuse()`
    : `begin select raise(abort, 'promotions is append-only: update is refused'); end`;
  await sql
    .raw(`create trigger promotions_no_update_of_asking before update of asked_at on promotions ${refusal}`)
    .execute(db);
}
