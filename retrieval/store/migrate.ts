import { sql, type Kysely } from 'kysely';
import { migrate, type Migrations } from '../../sql/migrate.ts';
import { columnTypes, isPostgres } from '../../sql/words.ts';
import { RetrievalError } from '../../contract/retrieval.ts';
import type { IndexTables } from './tables.ts';

const MIGRATIONS: Migrations = {
  '0001_tables': { up: createTables },
  '0002_documents': { up: addDocuments },
};

/** Makes the tables of indexes, or brings them up to date. */
export async function migrateIndex(db: Kysely<IndexTables>): Promise<void> {
  await migrate(db, 'index', MIGRATIONS);
}

async function createTables(db: Kysely<IndexTables>): Promise<void> {
  const { text, whole, rowId } = columnTypes(db);
  const postgres = isPostgres(db);
  if (postgres) await requireVectors(db);
  const { schema } = db;
  await schema
    .createTable('collection')
    .addColumn('id', whole, (column) => column.primaryKey())
    .addColumn('name', text, (column) => column.notNull().unique())
    .addColumn('embedding', text, (column) => column.notNull())
    .execute();
  await schema
    .createTable('snapshot')
    .addColumn('collection', whole, (column) => column.notNull().references('collection.id'))
    .addColumn('generation', whole, (column) => column.notNull())
    .addColumn('sha256', text, (column) => column.notNull())
    .addColumn('passages', whole, (column) => column.notNull())
    .addColumn('words', whole, (column) => column.notNull())
    .addPrimaryKeyConstraint('oneSnapshotPerGeneration', ['collection', 'generation'])
    .execute();
  await schema
    .createTable('audience')
    .addColumn('id', whole, (column) => column.primaryKey())
    .addColumn('groups', text, (column) => column.notNull().unique())
    .execute();
  await schema
    .createTable('embedding')
    .addColumn('id', whole, rowId)
    .addColumn('model', text, (column) => column.notNull())
    .addColumn('textSha256', text, (column) => column.notNull())
    .addColumn('vector', postgres ? sql`vector` : 'blob', (column) => column.notNull())
    .addUniqueConstraint('oneVectorPerText', ['model', 'textSha256'])
    .execute();
  let passages = schema.createTable('passage').addColumn('id', whole, (column) => column.primaryKey());
  for (const name of ['collection', 'added', 'removed', 'audience', 'validUntil', 'words', 'embedding'])
    passages = passages.addColumn(name, whole, (column) => column.notNull());
  if (postgres) passages = passages.addColumn('lexemes', sql`tsvector`);
  await passages.execute();
  await schema
    .createTable('passageText')
    .addColumn('id', whole, (column) => column.primaryKey().references('passage.id').onDelete('cascade'))
    .addColumn('collection', whole, (column) => column.notNull())
    .addColumn('sha256', text, (column) => column.notNull())
    .addColumn('documentId', text, (column) => column.notNull())
    .addColumn('content', text, (column) => column.notNull())
    .execute();
  await schema.createIndex('passageOfEmbedding').on('passage').columns(['embedding']).execute();
  await schema.createIndex('passageOfDocument').on('passageText').columns(['documentId']).execute();
  if (postgres) {
    await sql`create index passage_lexemes on passage using gin (lexemes)`.execute(db);
    await sql`create index passage_of_collection on passage (collection, removed)`.execute(db);
    return;
  }
  await schema
    .createTable('block')
    .addColumn('collection', whole, (column) => column.notNull())
    .addColumn('block', whole, (column) => column.notNull())
    .addColumn('written', whole, (column) => column.notNull())
    .addColumn('filters', 'blob', (column) => column.notNull())
    .addColumn('signs', 'blob', (column) => column.notNull())
    .addPrimaryKeyConstraint('oneBlock', ['collection', 'block'])
    .execute();
}

/** Which document a passage is of, and what it says of it since; when a snapshot was made. */
async function addDocuments(db: Kysely<IndexTables>): Promise<void> {
  const { text, whole } = columnTypes(db);
  const { schema } = db;
  await schema
    .createTable('document')
    .addColumn('id', whole, (column) => column.primaryKey())
    .addColumn('collection', whole, (column) => column.notNull().references('collection.id'))
    .addColumn('name', text, (column) => column.notNull())
    .addColumn('location', text, (column) => column.notNull())
    .addColumn('record', text, (column) => column.notNull())
    .addColumn('source', text, (column) => column.notNull())
    .addColumn('sha256', text, (column) => column.notNull())
    .addColumn('audience', whole, (column) => column.notNull())
    .addColumn('validUntil', whole, (column) => column.notNull())
    .addColumn('gone', whole, (column) => column.notNull())
    .addUniqueConstraint('oneDocumentPerPlace', ['collection', 'location', 'record'])
    .execute();
  for (const name of ['document', 'saidAudience', 'saidValidUntil'])
    await schema.alterTable('passage').addColumn(name, whole).execute();
  await schema.createIndex('passageByDocument').on('passage').columns(['document']).execute();
  // Of those before nobody knows when: their days begin now.
  const now = sql.lit(new Date().toISOString());
  await schema
    .alterTable('snapshot')
    .addColumn('madeAt', text, (column) => column.notNull().defaultTo(now))
    .execute();
}

async function requireVectors(db: Kysely<IndexTables>): Promise<void> {
  try {
    await sql`create extension if not exists vector`.execute(db);
  } catch (cause) {
    throw new RetrievalError(
      `the index needs pgvector, and Postgres says: ${(cause as Error).message}. ` +
        `Fix: install it on the server (Debian: apt install postgresql-17-pgvector), and let an owner of the database run "create extension vector"`,
      { cause },
    );
  }
}
