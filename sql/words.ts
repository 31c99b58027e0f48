import {
  PostgresAdapter,
  sql,
  type ColumnDataType,
  type ColumnDefinitionBuilder,
  type Kysely,
  type RawBuilder,
  type Transaction,
} from 'kysely';

/** What SQLite and Postgres say in different words. */

type Db = Pick<Kysely<unknown>, 'getExecutor'>;

export const isPostgres = (db: Db): boolean => db.getExecutor().adapter instanceof PostgresAdapter;

/** Texts, or whole numbers, as rows with one column, `value`: one parameter, so that lists of any length are one statement. */
export function valuesOf(db: Db, values: readonly string[] | readonly number[]): RawBuilder<unknown> {
  if (!isPostgres(db)) return sql`json_each(${JSON.stringify(values)})`;
  return sql`unnest(${values}::${sql.raw(typeof values[0] === 'number' ? 'bigint' : 'text')}[]) as value`;
}

/** The same, for `in`. */
export const listOf = (db: Db, values: readonly string[] | readonly number[]): RawBuilder<unknown> =>
  sql`(select value from ${valuesOf(db, values)})`;

/** Whether a column's text holds another, letter by letter. */
export const holds = (db: Db, column: string, text: string): RawBuilder<boolean> =>
  sql`${sql.raw(isPostgres(db) ? 'strpos' : 'instr')}(${sql.ref(column)}, ${text}) > 0`;

/** Parameters of one statement that stay few enough to be kept prepared, in SQLite; Postgres takes each column as one. */
const ROWS_A_STATEMENT = { sqlite: 16, postgres: 500 };

/** How many rows `rowsOf` takes at once. */
export const rowsAStatement = (db: Db): number => ROWS_A_STATEMENT[isPostgres(db) ? 'postgres' : 'sqlite'];

/** A column of rows to insert. */
export interface InsertedColumn<Row> {
  type: 'text' | 'bigint';
  value: (row: Row) => string | number;
}

/**
 * Rows, for what follows `insert into table (columns)`. Values are bound, not parsed: in SQLite each by itself, a quarter of the cost of
 * JSON; in Postgres a column as one list, for the statement goes over a line and its parts are planned one by one.
 */
export function rowsOf<Row>(
  db: Db,
  rows: readonly Row[],
  columns: readonly InsertedColumn<Row>[],
): RawBuilder<unknown> {
  if (!isPostgres(db))
    return sql`values ${sql.join(rows.map((row) => sql`(${sql.join(columns.map(({ value }) => value(row)))})`))}`;
  const lists = columns.map(({ type, value }) => sql`${rows.map(value)}::${sql.raw(type)}[]`);
  return sql`select * from unnest(${sql.join(lists)})`;
}

type Type = ColumnDataType | RawBuilder<unknown>;

export interface ColumnTypes {
  /** In the order of its bytes, whatever the language of the server. */
  text: Type;
  /** 64 bits. */
  whole: Type;
  /** 64 bits. */
  real: Type;
  /** Makes a column of whole numbers the key that numbers new rows by itself. */
  rowId: (column: ColumnDefinitionBuilder) => ColumnDefinitionBuilder;
}

export function columnTypes(db: Db): ColumnTypes {
  return isPostgres(db)
    ? {
        text: sql`text collate "C"`,
        whole: 'bigint',
        real: 'double precision',
        rowId: (column) => column.primaryKey().generatedByDefaultAsIdentity(),
      }
    : { text: 'text', whole: 'integer', real: 'real', rowId: (column) => column.primaryKey() };
}

/** The database's own clock, in milliseconds since 1970: one clock for all machines. */
export const nowMs = (db: Db): RawBuilder<number> =>
  isPostgres(db)
    ? sql`(extract(epoch from clock_timestamp()) * 1000)::bigint`
    : sql`cast(unixepoch('subsec') * 1000 as integer)`;

/** The larger of two values. */
export const laterOf = (db: Db, one: RawBuilder<unknown>, other: RawBuilder<unknown>): RawBuilder<number> =>
  sql`${sql.raw(isPostgres(db) ? 'greatest' : 'max')}(${one}, ${other})`;

/**
 * Waits for the turn of each name, and keeps it until the transaction ends: what is read after stays true until then. SQLite has one
 * writer at a time, so a transaction has its turn already.
 */
export async function takeTurns<T>(trx: Transaction<T>, names: readonly string[]): Promise<void> {
  if (!isPostgres(trx)) return;
  // In one order, so that two never wait for each other.
  const sorted = [...new Set(names)].sort();
  await sql`select pg_advisory_xact_lock(hashtextextended(value, 0)) from ${valuesOf(trx, sorted)}`.execute(trx);
}
