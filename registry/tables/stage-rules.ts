import { sql, type Kysely } from 'kysely';
import { columnTypes, isPostgres } from '../../sql/words.ts';
import type { RegistryTables } from '../schema.ts';

/** What rules of an alias are checked by: how a version's answers were, what its run asked, who started it, until when it waits, and what is reviewed when. */
export async function addStageRules(db: Kysely<RegistryTables>): Promise<void> {
  const { text } = columnTypes(db);
  await db.schema.alterTable('versions').addColumn('measured', text).execute();
  for (const column of ['asks', 'startedBy', 'expiresAt'])
    await db.schema.alterTable('promotions').addColumn(column, text).execute();
  await db.schema.alterTable('decisions').addColumn('reviewBy', text).execute();
  const refusal = isPostgres(db)
    ? `for each row execute function registry_refuse()`
    : `begin select raise(abort, 'promotions is append-only: update is refused'); end`;
  await sql
    .raw(
      `create trigger promotions_no_update_of_rules before update of asks, started_by, expires_at on promotions ${refusal}`,
    )
    .execute(db);
  await sql.raw('create index decisions_by_update on decisions (update_id)').execute(db);
}
