import type { Indexer, Retriever } from '../contract/retrieval.ts';
import { createIndexer, type IndexerMeans } from './search/indexer.ts';
import { createRetriever, type RetrieverMeans } from './search/retriever.ts';
import { openIndexStore, type IndexStore } from './store/store.ts';
import type { Withdrawn } from './store/withdraw.ts';

export interface Retrieval {
  retriever: Retriever;
  indexer: Indexer;
  /** Takes a document out of all snapshots of all indexes. */
  withdraw(documentId: string): Promise<Withdrawn>;
  close(): Promise<void>;
}

export interface RetrievalMeans extends Omit<RetrieverMeans, 'store' | 'embeddingOf'> {
  /** A SQLite file, or a `postgres://` URL of a server with pgvector. */
  url: string;
  embeddings: { ofSpec: IndexerMeans['embeddingOf']; ofRef: RetrieverMeans['embeddingOf'] };
}

/** The indexes of a database, opened when they are first asked: whoever has no config with `retrieval:` needs none. */
export function openRetrieval({ url, embeddings, rerankerOf, onNote }: RetrievalMeans): Retrieval {
  // Two connections: a question does not wait for what fills an index.
  const asking = once(() => openIndexStore(url));
  const filling = once(() => openIndexStore(url));
  const retriever = asking.made((store) =>
    createRetriever({ store, embeddingOf: embeddings.ofRef, rerankerOf, onNote }),
  );
  const indexer = filling.made((store) => createIndexer({ store, embeddingOf: embeddings.ofSpec }));
  return {
    retriever: {
      retrieve: async (...asked) => (await retriever()).retrieve(...asked),
      similarities: async (...asked) => (await retriever()).similarities(...asked),
    },
    indexer: {
      index: async (...asked) => (await indexer()).index(...asked),
      vectors: async (...asked) => (await indexer()).vectors(...asked),
    },
    withdraw: async (documentId) => (await filling()).withdraw(documentId),
    close: async () => {
      await Promise.all([asking.close(), filling.close()]);
    },
  };
}

/** A store that is opened with its first use, and again where that failed. */
function once(open: () => Promise<IndexStore>) {
  let opened: Promise<IndexStore> | undefined;
  const get = () =>
    (opened ??= open().catch((error: unknown) => {
      opened = undefined;
      throw error;
    }));
  /** What is made of the store, once for each. */
  const made = <T>(make: (store: IndexStore) => T) => {
    let kept: { of: IndexStore; value: T } | undefined;
    return async () => {
      const store = await get();
      if (kept?.of !== store) kept = { of: store, value: make(store) };
      return kept.value;
    };
  };
  const close = async () => (await opened?.catch(() => undefined))?.close();
  return Object.assign(get, { made, close });
}
