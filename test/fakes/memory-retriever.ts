import { contentStems } from '../../language/analysis.ts';
import type { RetrievalRequest, Retriever } from '../../contract/retrieval.ts';
import type { IndexedPassage } from '../../schema/retrieval.ts';

/** An index in memory that compares words: as exact as a test needs, and the same every time. */
export interface MemoryRetriever extends Retriever {
  requests: RetrievalRequest[];
}

export function memoryRetriever(passages: readonly IndexedPassage[]): MemoryRetriever {
  const requests: RetrievalRequest[] = [];
  return {
    requests,
    retrieve: (request) => {
      requests.push(request);
      const { question, k, groups = [], today = '0000-00-00' } = request;
      const found = passages
        .filter((one) => !one.groups || one.groups.some((group) => groups.includes(group)))
        .filter(({ validUntil }) => validUntil === undefined || validUntil >= today)
        .map((passage) => {
          const cosine = cosineOf(question, `${passage.headings.join(' ')} ${passage.text}`);
          return { passage, score: cosine, cosine, ranks: {} };
        })
        .sort((a, b) => b.score - a.score);
      return Promise.resolve(found.slice(0, k));
    },
    similarities: ({ question, texts }) => Promise.resolve(texts.map((text) => cosineOf(question, text))),
  };
}

function cosineOf(one: string, other: string): number {
  const [a, b] = [contentStems(one), contentStems(other)];
  return [...a].filter((stem) => b.has(stem)).length / Math.max(1, Math.sqrt(a.size * b.size));
}
