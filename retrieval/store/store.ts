import { sql } from 'kysely';
import { holdingsOf, type Holding } from './holding.ts';
import { idsOf } from './ids.ts';
import { withFolderLock } from '../../common/folder-lock.ts';
import { databaseFile, openDatabase } from '../../sql/database.ts';
import { isPostgres, listOf } from '../../sql/words.ts';
import type { KnownDocument } from '../../contract/retrieval.ts';
import type { EmbeddingRef, IndexedPassage, IndexRef } from '../../schema/retrieval.ts';
import { audiencesOf } from './documents/audiences.ts';
import { knownDocuments } from './documents/seen.ts';
import type { Engine, Ranked, Scope } from './engine.ts';
import { migrateIndex } from './migrate.ts';
import { dayNumber } from './parts.ts';
import { postgresEngine } from './postgres-engine.ts';
import { replacePassages, type Replaced, type Replacement } from './replace.ts';
import { findCollection, findSnapshot, modelOf } from './snapshot.ts';
import { sqliteEngine } from './sqlite-engine.ts';
import type { IndexTables } from './tables.ts';
import { withheldOf, type Withheld } from './documents/withheld.ts';
import { listSnapshots, removeSnapshots, type Removed, type StoredSnapshot } from './snapshots.ts';
import { withdrawDocument, type Withdrawn } from './withdraw.ts';

/** Who asks, and when. */
export interface Asker {
  groups?: readonly string[] | undefined;
  /** YYYY-MM-DD. */
  today?: string | undefined;
}

/** The indexes of a database. */
export interface IndexStore {
  /** @throws RetrievalError where the index of this name was made by another model */
  check(name: string, embedding: EmbeddingRef): Promise<void>;
  /** Hashes of texts that have no vector yet. */
  missing(embedding: EmbeddingRef, textHashes: readonly string[]): Promise<Set<string>>;
  /** Those that there are, by the hashes of their texts. */
  vectors(embedding: EmbeddingRef, textHashes: readonly string[]): Promise<Map<string, Float32Array>>;
  /** Keeps vectors: no death of the process loses them. */
  keep(embedding: EmbeddingRef, vectors: readonly { textSha256: string; vector: Float32Array }[]): Promise<void>;
  replace(request: Replacement): Promise<Replaced>;
  /** The documents that the index of a name has passages of, or had. */
  documents(name: string): Promise<KnownDocument[]>;
  /** What of a snapshot may be found by whoever asks. @throws RetrievalError where it is not there */
  scope(index: IndexRef, asker: Asker): Promise<Scope>;
  byWords(scope: Scope, question: string, most: number): Promise<Ranked[]>;
  byVectors(scope: Scope, vector: Float32Array, most: number): Promise<Ranked[]>;
  cosines(vector: Float32Array, ids: readonly number[]): Promise<Map<number, number>>;
  /** In the order of the numbers; one that was withdrawn meanwhile is left out. */
  passages(ids: readonly number[]): Promise<Map<number, IndexedPassage>>;
  withdraw(documentId: string): Promise<Withdrawn>;
  /** Which snapshots have passages of a document. */
  holdings(documentId: string): Promise<Holding[]>;
  /** What a snapshot does not say any more. @throws RetrievalError where it is not there */
  withheld(index: IndexRef): Promise<Withheld>;
  /** Those of all indexes, the oldest first. */
  snapshots(): Promise<StoredSnapshot[]>;
  /** Takes snapshots out for good, and passages that are in no other. */
  remove(unneeded: readonly Pick<StoredSnapshot, 'index' | 'generation'>[]): Promise<Removed>;
  close(): Promise<void>;
}

/** A large index takes minutes to write, and whoever comes meanwhile waits. */
const LONGEST_WRITE_MS = 60 * 60_000;

/**
 * Opens the indexes of a database, made where they are missing; several processes may have them open.
 * @param url a SQLite file, or a `postgres://` URL of a server with pgvector
 */
export async function openIndexStore(url: string): Promise<IndexStore> {
  const db = await openDatabase<IndexTables>(url);
  try {
    await migrateIndex(db);
  } catch (error) {
    await db.destroy();
    throw error;
  }
  const engine: Engine = isPostgres(db) ? postgresEngine : sqliteEngine;
  const file = databaseFile(url);
  // SQLite's own wait for a writer stops this process, which may hold that very writer.
  const writing = <T>(work: () => Promise<T>): Promise<T> =>
    file === undefined ? work() : withFolderLock(`${file}.lock`, work, LONGEST_WRITE_MS);
  return {
    check: async (name, embedding) => void (await findCollection(db, name, embedding)),
    missing: async (embedding, hashes) => {
      const known = await db
        .selectFrom('embedding')
        .select('textSha256')
        .where('model', '=', modelOf(embedding))
        .where('textSha256', 'in', listOf(db, hashes as string[]) as never)
        .execute();
      const missing = new Set(hashes);
      for (const { textSha256 } of known) missing.delete(textSha256);
      return missing;
    },
    vectors: (embedding, hashes) => engine.vectors(db, modelOf(embedding), hashes),
    keep: async (embedding, vectors) => {
      if (vectors.length > 0) await writing(() => engine.keepVectors(db, modelOf(embedding), vectors));
    },
    replace: (request) => writing(() => replacePassages({ db, engine }, request)),
    documents: (name) => knownDocuments(db, name),
    scope: async (index, asker) => ({
      ...(await findSnapshot(db, index)),
      dimensions: index.embedding.dimensions,
      audiences: await audiencesOf(db, asker.groups ?? []),
      today: asker.today ? dayNumber(asker.today) : 0,
    }),
    byWords: (scope, question, most) => engine.byWords(db, scope, question, most),
    byVectors: (scope, vector, most) => engine.byVectors(db, scope, vector, most),
    cosines: (vector, ids) => engine.cosines(db, vector, ids),
    passages: async (ids) => {
      const { rows } = await sql<{ id: number; content: string }>`
        select id, content from passage_text where id in ${idsOf(db, ids)}`.execute(db);
      return new Map(rows.map(({ id, content }) => [id, JSON.parse(content) as IndexedPassage]));
    },
    withdraw: (documentId) => writing(() => withdrawDocument({ db, engine }, documentId)),
    holdings: (documentId) => holdingsOf(db, documentId),
    snapshots: () => listSnapshots(db),
    remove: (unneeded) => writing(() => removeSnapshots({ db, engine }, unneeded)),
    withheld: (index) => withheldOf(db, index),
    close: () => db.destroy(),
  };
}
