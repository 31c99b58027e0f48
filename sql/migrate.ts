import { Migrator, sql, type Kysely, type Migration, type MigrationResultSet } from 'kysely';
import { isPostgres } from './words.ts';

export type Migrations = Readonly<Record<string, Migration>>;

/**
 * Brings a store's tables up to date, under a lock: several processes may do so at once. What was done is noted in tables named
 * after the store, for two stores may share a database.
 * @param migrations by name, done in the order of their names; one that was released never changes
 * @throws Error where a migration fails, of which nothing is kept; and where the database is newer than this code.
 */
export async function migrate<T>(db: Kysely<T>, store: string, migrations: Migrations): Promise<void> {
  const migrator = new Migrator({
    db,
    provider: { getMigrations: () => Promise.resolve({ ...migrations }) },
    migrationTableName: `${store}_migration`,
    migrationLockTableName: `${store}_migration_lock`,
    // Changes are made side by side: one of a smaller name may come later to a database that has a greater one already.
    allowUnorderedMigrations: true,
    ...(await schemaOf(db)),
  });
  const known = await migrator.getMigrations();
  const pending = known.some(({ executedAt }) => executedAt === undefined);
  // Nothing to do, and nothing that is newer: the migrator's lock and its tables are for those who migrate.
  if (!pending && (await countDone(db, store)) === known.length) return;
  const latest = () => migrator.migrateToLatest();
  const { error, results = [] } = await (pending && !isPostgres(db) ? inOneWrite(db, latest) : latest());
  if (!error) return;
  const { message } = error as Error;
  const newer = /previously executed migration (\S+) is missing/.exec(message)?.[1];
  if (newer) {
    throw new Error(
      `the ${store} was last used by a newer Whetstone, whose change '${newer}' is unknown here. ` +
        `Update this one, or go back to a backup from before`,
      { cause: error },
    );
  }
  const failed = results.find(({ status }) => status === 'Error')?.migrationName;
  throw new Error(
    `the ${store}'s tables could not be brought up to date${failed ? ` (${failed})` : ''}: ${message}. Nothing was changed`,
    { cause: error },
  );
}

async function countDone<T>(db: Kysely<T>, store: string): Promise<number> {
  const { rows } = await sql<{
    done: number | string;
  }>`select count(*) as done from ${sql.table(`${store}_migration`)}`.execute(db);
  return Number(rows[0]?.done);
}

/** kysely takes no lock in SQLite, where each process has one connection: of two that migrate, the second waits, and finds it done. */
async function inOneWrite<T>(db: Kysely<T>, work: () => Promise<MigrationResultSet>): Promise<MigrationResultSet> {
  await sql`begin immediate`.execute(db);
  try {
    const done = await work();
    await (done.error ? sql`rollback` : sql`commit`).execute(db);
    return done;
  } catch (error) {
    await sql`rollback`.execute(db);
    throw error;
  }
}

/** Of a Postgres database's schemas, the one where tables are made: another one may hold another installation's. */
async function schemaOf<T>(db: Kysely<T>): Promise<{ migrationTableSchema?: string }> {
  if (!isPostgres(db)) return {};
  const { rows } = await sql<{ schema: string }>`select current_schema() as schema`.execute(db);
  return { migrationTableSchema: rows[0]!.schema };
}
