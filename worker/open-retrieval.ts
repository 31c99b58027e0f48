import { join } from 'node:path';
import type { Paths } from '../configs/paths.ts';
import type { Keys } from '../providers/chat/api-key.ts';
import { createEmbeddings, specOf } from '../providers/embedding/embeddings.ts';
import { createReranker } from '../providers/reranking/reranker.ts';
import { openRetrieval, type Retrieval } from '../retrieval/open.ts';
import { lookForPython } from './system/python.ts';

/** The indexes of this installation, with the models that its configs name. */
export function openRetrievalHere(place: {
  env: NodeJS.ProcessEnv;
  paths: Paths;
  keys: Keys;
  say: (message: string) => void;
}): Retrieval {
  const { env, paths, keys, say } = place;
  const { projectRoot, home } = paths;
  const embeddings = createEmbeddings({
    keys,
    place: {
      cacheDir: join(home, 'embedding'),
      // Only its pip is in use, so that no environment is made for it.
      python: async () => (await lookForPython({ projectRoot, home, env })).python,
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
    ...retrieval,
    close: async () => {
      await retrieval.close();
      await embeddings.close();
    },
  };
}
