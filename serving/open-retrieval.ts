import { join } from 'node:path';
import type { Paths } from '../configs/paths.ts';
import type { Keys } from '../providers/chat/api-key.ts';
import { createEmbeddings, specOf } from '../providers/embedding/embeddings.ts';
import { createReranker } from '../providers/reranking/reranker.ts';
import { openRetrieval } from '../retrieval/open.ts';
import type { Retriever } from '../contract/retrieval.ts';

/**
 * Asks the indexes of this installation. Nothing is opened before a version that answers from documents is asked; the embedded model is
 * there where a run on this machine filled an index, and is brought by pip elsewhere.
 */
export function openRetrieverHere(place: {
  env: NodeJS.ProcessEnv;
  paths: Pick<Paths, 'index' | 'home'>;
  keys: Keys;
  say: (message: string) => void;
}): { retriever: Retriever; close: () => Promise<void> } {
  const { env, paths, keys, say } = place;
  const embeddings = createEmbeddings({
    keys,
    place: {
      cacheDir: join(paths.home, 'embedding'),
      python: () => Promise.resolve(env.WHETSTONE_PYTHON || 'python3'),
      say,
    },
  });
  const retrieval = openRetrieval({
    url: paths.index,
    embeddings,
    rerankerOf: (ref) => createReranker(specOf(ref), keys),
    onNote: say,
  });
  return {
    retriever: retrieval.retriever,
    close: async () => {
      await retrieval.close();
      await embeddings.close();
    },
  };
}
