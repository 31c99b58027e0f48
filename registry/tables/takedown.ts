import { sql, type Kysely } from 'kysely';
import { columnTypes, isPostgres } from '../../sql/words.ts';
import type { RegistryTables } from '../schema.ts';
import { keepHistory } from './append-only.ts';

/** An alias can serve nothing, be pinned to what it serves, and a version be put away. */
export async function addTakedown(db: Kysely<RegistryTables>): Promise<void> {
  if (isPostgres(db)) await sql.raw('alter table alias_moves alter column to_version drop not null').execute(db);
  else await copyMoves(db);

  const { text, whole } = columnTypes(db);
  await db.schema
    .createTable('marks')
    .addColumn('model', text, (column) => column.notNull().references('models.name'))
    .addColumn('subject', text, (column) => column.notNull())
    .addColumn('seq', whole, (column) => column.notNull())
    .addColumn('action', text, (column) => column.notNull())
    .addColumn('by', text, (column) => column.notNull())
    .addColumn('why', text, (column) => column.notNull())
    .addColumn('at', text, (column) => column.notNull())
    .addPrimaryKeyConstraint('marksKey', ['model', 'subject', 'seq'])
    .execute();
  await keepHistory(db, 'marks', [['model', 'subject', 'seq']]);
}

/** SQLite changes no column: the table is made anew, with every row. Dropping the old one drops its triggers. */
async function copyMoves(db: Kysely<RegistryTables>): Promise<void> {
  const statements = [
    `create table alias_moves_new (model text not null, alias text not null, seq integer not null, from_version integer,
       to_version integer, kind text not null, "by" text not null, why text not null, request_id text not null unique,
       at text not null, constraint alias_moves_key primary key (model, alias, seq),
       constraint alias_moves_version foreign key (model, to_version) references versions (model, version))`,
    `insert into alias_moves_new select model, alias, seq, from_version, to_version, kind, "by", why, request_id, at
       from alias_moves`,
    'drop table alias_moves',
    'alter table alias_moves_new rename to alias_moves',
  ];
  for (const statement of statements) await sql.raw(statement).execute(db);
  await keepHistory(db, 'alias_moves', [['model', 'alias', 'seq'], ['request_id']]);
}
