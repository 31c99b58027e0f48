import { sql, type Kysely } from 'kysely';
import { isPostgres } from '../../sql/words.ts';
import type { RegistryTables } from '../schema.ts';

/**
 * What happened can't be changed, whoever holds the database: triggers refuse an UPDATE or a DELETE of history. Names are SQL's own
 * here: a migration that was released says the same for ever.
 */

type Db = Kysely<RegistryTables>;

/** History, with the columns of each key that a row has: SQLite's REPLACE would delete the row of the same key unseen. */
const FIRST_HISTORY: Readonly<Record<string, readonly string[][]>> = {
  versions: [
    ['model', 'version'],
    ['model', 'run_id', 'candidate', 'weights_sha256'],
  ],
  version_blocks: [['model', 'version', 'seq']],
  alias_moves: [['model', 'alias', 'seq'], ['request_id']],
  decisions: [
    ['promotion_id', 'seq'],
    ['promotion_id', 'update_id'],
  ],
  calibrations: [['judge', 'version', 'labels_sha256']],
};

/** What a promotion was opened with; its state alone moves, from open to settled. */
const PROMOTION_COLUMNS =
  'id model version alias expected_version evidence_sha256 gate_decision reasons approvals_needed created_at'.split(
    ' ',
  );

export async function appendOnly(db: Db): Promise<void> {
  if (isPostgres(db)) await createFunctions(db);
  await findByIndexes(db);
  for (const [table, keys] of Object.entries(FIRST_HISTORY)) await keepHistory(db, table, keys);
  await guardPromotions(db);
  // Its revision counts writers and is no history; the name is what all rows refer to.
  await refuse(db, { table: 'models', on: 'update', columns: ['name'] });
  await refuse(db, { table: 'models', on: 'delete' });
}

/** Refuses every change of a table's rows. @param keys columns of each unique key */
export async function keepHistory(db: Db, table: string, keys: readonly (readonly string[])[]): Promise<void> {
  await refuse(db, { table, on: 'update' });
  await refuse(db, { table, on: 'delete' });
  if (isPostgres(db)) return;
  const same = keys.map((columns) => `(${columns.map((name) => `${name} = new.${name}`).join(' and ')})`).join(' or ');
  await sql
    .raw(
      `create trigger ${table}_once before insert on ${table} when exists (select 1 from ${table} where ${same})
       begin select raise(abort, '${saysNo(table, 'replace')}'); end`,
    )
    .execute(db);
}

const saysNo = (table: string, what: string) => `${table} is append-only: ${what} is refused`;

async function refuse(db: Db, options: { table: string; on: 'update' | 'delete'; columns?: string[] }): Promise<void> {
  const { table, on, columns } = options;
  const when = `before ${on}${columns ? ` of ${columns.join(', ')}` : ''} on ${table}`;
  const name = `${table}_no_${on}`;
  if (!isPostgres(db)) {
    await sql.raw(`create trigger ${name} ${when} begin select raise(abort, '${saysNo(table, on)}'); end`).execute(db);
    return;
  }
  await sql.raw(`create trigger ${name} ${when} for each row execute function registry_refuse()`).execute(db);
  if (on !== 'delete') return;
  await sql
    .raw(`create trigger ${table}_no_truncate before truncate on ${table} execute function registry_refuse()`)
    .execute(db);
}

/** An open promotion is settled once, and then stays. */
async function guardPromotions(db: Db): Promise<void> {
  await refuse(db, { table: 'promotions', on: 'update', columns: PROMOTION_COLUMNS });
  await refuse(db, { table: 'promotions', on: 'delete' });
  const allowed =
    `(old.state = new.state or old.state = 'waiting' and new.state <> 'promoted' ` +
    `or old.state = 'approved' and new.state in ('promoted', 'superseded', 'held'))`;
  const name = 'promotions_settled_once';
  await sql
    .raw(
      isPostgres(db)
        ? `create trigger ${name} before update on promotions for each row when (not ${allowed})
           execute function registry_refuse()`
        : `create trigger ${name} before update on promotions when not ${allowed}
           begin select raise(abort, '${saysNo('promotions', 'a change of what is settled')}'); end`,
    )
    .execute(db);
}

async function createFunctions(db: Db): Promise<void> {
  await sql
    .raw(
      `create or replace function registry_refuse() returns trigger language plpgsql as $$
       begin raise exception '% is append-only: % is refused', tg_table_name, lower(tg_op); end $$`,
    )
    .execute(db);
}

/** A thousand versions and ten thousand moves are answered without reading them all. */
async function findByIndexes(db: Db): Promise<void> {
  await sql.raw('create index promotions_by_model on promotions (model, created_at, id)').execute(db);
  await sql.raw('create index promotions_by_state on promotions (state)').execute(db);
}
