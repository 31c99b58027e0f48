import type { EmbeddingModel, Reranker } from '../../contract/ports.ts';
import type { RetrievalRequest, Retriever } from '../../contract/retrieval.ts';
import type { EmbeddingRef, FoundPassage, OpenBook } from '../../schema/retrieval.ts';
import type { IndexStore } from '../store/store.ts';
import { searchedText } from '../store/text.ts';
import { cosine } from '../../common/vectors.ts';
import { rememberingEmbed, type Embed } from './embed.ts';
import { mergeByReciprocalRank } from './reciprocal-rank.ts';

/** Of each list: what is behind has no part in the merge. */
const DEPTH = 50;
/** A reranker reads each passage with the question: these are what it is paid for. */
const RERANKED = 20;

export interface RetrieverMeans {
  store: IndexStore;
  /** @throws ProviderError where it can't be asked, such as without a key */
  embeddingOf: (ref: EmbeddingRef) => EmbeddingModel;
  rerankerOf?: ((ref: NonNullable<OpenBook['reranker']>) => Reranker) | undefined;
  /** What went wrong and was done without. */
  onNote?: ((note: string) => void) | undefined;
}

/** Searches the indexes of a store, by words, by vectors, or by both merged; a reranker may order what was found. */
export function createRetriever({ store, embeddingOf, rerankerOf, onNote }: RetrieverMeans): Retriever {
  const embeds = new Map<string, Embed>();
  const embedOf = (ref: EmbeddingRef): Embed => {
    const key = JSON.stringify(ref);
    const known = embeds.get(key) ?? rememberingEmbed(embeddingOf(ref), ref);
    embeds.set(key, known);
    return known;
  };

  async function search(request: RetrievalRequest, signal?: AbortSignal): Promise<FoundPassage[]> {
    const { question, index, method = 'hybrid', groups, today } = request;
    const scope = await store.scope(index, { groups, today });
    const [vector] = await embedOf(index.embedding)([question], signal);
    const byWords = method === 'vectors' ? [] : await store.byWords(scope, question, DEPTH);
    const byVectors = method === 'words' ? [] : await store.byVectors(scope, vector!, DEPTH);
    const cosines = new Map(byVectors.map(({ id, score }) => [id, score]));
    const unknown = byWords.filter(({ id }) => !cosines.has(id)).map(({ id }) => id);
    for (const [id, score] of await store.cosines(vector!, unknown)) cosines.set(id, score);

    // Numbers of a database differ from those of another one; ids of passages don't.
    const passages = await store.passages([...cosines.keys()]);
    const numbers = new Map([...passages].map(([id, passage]) => [passage.id, id]));
    const idsOf = (list: typeof byWords) => list.flatMap(({ id }) => passages.get(id)?.id ?? []);
    const words = new Map(byWords.map(({ id, score }) => [id, score]));
    const merged = mergeByReciprocalRank({ words: idsOf(byWords), vectors: idsOf(byVectors) }, 2 * DEPTH);
    return merged.map(({ id, score, ranks }) => {
      const number = numbers.get(id)!;
      const near = cosines.get(number)!;
      const own = { hybrid: score, words: words.get(number) ?? 0, vectors: near };
      return { passage: passages.get(number)!, score: own[method], cosine: near, ranks };
    });
  }

  async function reranked(
    found: FoundPassage[],
    { question, k, reranker: ref }: RetrievalRequest,
    signal?: AbortSignal,
  ): Promise<FoundPassage[]> {
    if (!ref || found.length === 0) return found;
    const best = found.slice(0, Math.max(RERANKED, k));
    try {
      if (!rerankerOf) throw new Error('no reranker can be asked here');
      const texts = best.map(({ passage }) => searchedText(passage));
      const scores = await rerankerOf(ref).rerank(question, texts, signal);
      const ordered = best.map((one, at) => ({ ...one, score: scores[at]! })).sort((a, b) => b.score - a.score);
      return ordered;
    } catch (error) {
      if (signal?.aborted) throw error;
      onNote?.(`${(error as Error).message}; what was found stays in the order of the search`);
      return found;
    }
  }

  return {
    retrieve: async (request, signal) => {
      const found = await search(request, signal);
      return (await reranked(found, request, signal)).slice(0, request.k);
    },
    similarities: async ({ embedding, question, texts }, signal) => {
      const [asked, ...others] = await embedOf(embedding)([question, ...texts], signal);
      return others.map((vector) => cosine(asked!, vector));
    },
  };
}
