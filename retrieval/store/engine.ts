import type { Kysely, Transaction } from 'kysely';
import type { IndexTables, PassageTable } from './tables.ts';

/** A passage on its way into an index. */
export interface NewPassage extends Omit<PassageTable, 'embedding' | 'saidAudience' | 'saidValidUntil'> {
  sha256: string;
  documentId: string;
  content: string;
  /** Of the text that is searched. */
  textSha256: string;
  text: string;
}

/** Which passages may be found: decided before they are ranked. */
export interface Scope {
  collection: number;
  dimensions: number;
  generation: number;
  /** Numbers of the audiences that whoever asks belongs to. */
  audiences: readonly number[];
  /** As the number YYYYMMDD. */
  today: number;
  /** Of the snapshot. */
  passages: number;
  words: number;
}

export interface Ranked {
  id: number;
  score: number;
}

/** What SQLite and Postgres do in ways of their own. */
export interface Engine {
  /** Makes what a collection needs to be searched. */
  prepare(trx: Transaction<IndexTables>, collection: number): Promise<void>;
  add(
    trx: Transaction<IndexTables>,
    collection: { id: number; dimensions: number },
    rows: readonly (NewPassage & { embedding: number })[],
  ): Promise<void>;
  /** From a generation on they count no more. */
  end(
    trx: Transaction<IndexTables>,
    collection: { id: number; dimensions: number },
    ids: readonly number[],
    generation: number,
  ): Promise<void>;
  /** Others may see them from now on, or until another day. */
  relabel(
    trx: Transaction<IndexTables>,
    collection: { id: number; dimensions: number },
    rows: readonly Pick<PassageTable, 'id' | 'audience' | 'validUntil'>[],
  ): Promise<void>;
  /** Takes passages out for good, and their words and signs with them. */
  erase(
    trx: Transaction<IndexTables>,
    collection: { id: number; dimensions: number },
    rows: readonly { id: number; text: string }[],
  ): Promise<void>;
  keepVectors(
    db: Kysely<IndexTables>,
    model: string,
    vectors: readonly { textSha256: string; vector: Float32Array }[],
  ): Promise<void>;
  vectors(db: Kysely<IndexTables>, model: string, textHashes: readonly string[]): Promise<Map<string, Float32Array>>;
  byWords(db: Kysely<IndexTables>, scope: Scope, question: string, most: number): Promise<Ranked[]>;
  /** By cosine. */
  byVectors(db: Kysely<IndexTables>, scope: Scope, vector: Float32Array, most: number): Promise<Ranked[]>;
  /** Cosines of passages, by their numbers. */
  cosines(db: Kysely<IndexTables>, vector: Float32Array, ids: readonly number[]): Promise<Map<number, number>>;
}
