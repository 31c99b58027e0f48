import type { EmbeddingSpec } from '../configs/retrieval-schema.ts';
import type { EmbeddingModel } from './ports.ts';
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

/** Fills an index. */
export interface Indexer {
  /**
   * Makes the index say these passages and no others, in one transaction, and gives the snapshot of it. Only passages whose text
   * is new are embedded; those that went away are in no later snapshot.
   */
  index(
    request: { name: string; passages: readonly IndexedPassage[]; embedding: EmbeddingSpec },
    options?: {
      onProgress?: (done: number, total: number) => void;
      signal?: AbortSignal;
      /** The ledger, before a model that is paid for. */
      paidOnce?: (model: EmbeddingModel) => EmbeddingModel;
    },
  ): Promise<{ index: IndexRef; added: number; kept: number; removed: number }>;
}
