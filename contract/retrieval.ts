import type { EmbeddingSpec } from '../configs/retrieval-schema.ts';
import type { EmbeddingModel } from './ports.ts';
import type { PresentDocument } from '../schema/presence.ts';
import type { EmbeddingRef, FoundPassage, IndexedPassage, IndexRef, OpenBook } from '../schema/retrieval.ts';

/** The ports to an index: what fills it, and what asks it. */

/** An index that can't be asked: the message names it, what was found and what to do. */
export class RetrievalError extends Error {
  override name = 'RetrievalError';
}

/** `hybrid` merges the other two by reciprocal rank: `words` is BM25, `vectors` the cosine of embeddings. */
export type RetrievalMethod = 'hybrid' | 'words' | 'vectors';

export interface RetrievalRequest {
  question: string;
  index: IndexRef;
  k: number;
  method?: RetrievalMethod;
  reranker?: OpenBook['reranker'];
  /** Groups of whoever asks: a passage with groups is found only for one of them. */
  groups?: readonly string[];
  /** Today, as YYYY-MM-DD: what was valid until an earlier day is not found. */
  today?: string;
}

/** Asks an index. */
export interface Retriever {
  /**
   * The nearest passages, best first. Who may see them, and until when, is decided before they are ranked.
   * @throws RetrievalError where the snapshot is not there, or was made by another embedding model
   */
  retrieve(request: RetrievalRequest, signal?: AbortSignal): Promise<FoundPassage[]>;
  /** Cosines of a question with texts, by the model that made the index. */
  similarities(
    request: { embedding: EmbeddingRef; question: string; texts: readonly string[] },
    signal?: AbortSignal,
  ): Promise<number[]>;
}

/** A document that an index has passages of, where it was when it was last seen. */
export interface KnownDocument extends Pick<PresentDocument, 'location' | 'record' | 'source' | 'sha256'> {
  /** Of the index. */
  id: number;
  /** As citations name it. */
  name: string;
}

/** `unknown`: it was not looked for, or could not be: what is said of it stays as it was. */
export type Fate = 'gone' | 'unknown';

/** What a reading found of the documents. */
export interface Presence {
  present: readonly PresentDocument[];
  /** What became of a document that is not among those. */
  fateOf: (document: KnownDocument) => Promise<Fate>;
}

/** What no snapshot of an index says any more, since its document is gone. */
export interface NewlyGone {
  documents: string[];
  passages: number;
}

/** Fills an index. */
export interface Indexer {
  /**
   * Makes the index say these passages and no others, in one transaction, and gives the snapshot of it. Only passages whose text
   * is new are embedded; those that went away are in no later snapshot. With `presence`, the same transaction takes documents that are gone out of
   * the answers of all snapshots, and labels that became narrower hold for all of them.
   */
  index(
    request: {
      name: string;
      passages: readonly IndexedPassage[];
      embedding: EmbeddingSpec;
      presence?: Presence | undefined;
    },
    options?: {
      onProgress?: (done: number, total: number) => void;
      signal?: AbortSignal;
      /** The ledger, before a model that is paid for. */
      paidOnce?: (model: EmbeddingModel) => EmbeddingModel;
    },
  ): Promise<{ index: IndexRef; added: number; kept: number; removed: number; gone: NewlyGone }>;
  /** Vectors of passages that were indexed. @throws RetrievalError where one is not there */
  vectors(embedding: EmbeddingRef, passages: readonly IndexedPassage[]): Promise<Float32Array[]>;
}
