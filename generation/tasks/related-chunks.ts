import type { Chunk } from '../../schema/data.ts';
import { words } from '../../language/text.ts';

/** Related passages remembered for each chunk: one for each further round. */
const KEPT = 3;
/** A word in more chunks than this tells nothing about what two of them share, and would make the work quadratic. */
const MOST_CHUNKS = 50;
const LEAST_LETTERS = 4;
/** Words of weight that two passages must share at least: one rare word, or two that are less so. */
const LEAST_SCORE = 2;

/**
 * For each chunk those of other documents that have most in common with it, best first: the sum of the inverse document
 * frequencies, ln(1 + chunks / chunks with the word), of the words that both have. A chunk without any is left out.
 */
export function relatedChunks(chunks: readonly Chunk[]): Map<string, Chunk[]> {
  const postings = new Map<string, number[]>();
  const wordsOf = chunks.map(({ text }, i) => {
    const found = new Set(words(text).filter((word) => word.length >= LEAST_LETTERS));
    for (const word of found) {
      const list = postings.get(word);
      if (list) list.push(i);
      else postings.set(word, [i]);
    }
    return found;
  });
  const related = new Map<string, Chunk[]>();
  for (const [i, chunk] of chunks.entries()) {
    const scores = new Map<number, number>();
    for (const word of wordsOf[i] ?? []) {
      const having = postings.get(word) ?? [];
      if (having.length < 2 || having.length > MOST_CHUNKS) continue;
      const weight = Math.log(1 + chunks.length / having.length);
      for (const other of having) {
        if (chunks[other]?.documentId !== chunk.documentId) scores.set(other, (scores.get(other) ?? 0) + weight);
      }
    }
    const best = [...scores]
      .filter(([, score]) => score >= LEAST_SCORE)
      .sort(([a, scoreA], [b, scoreB]) => scoreB - scoreA || a - b)
      .slice(0, KEPT)
      .flatMap(([other]) => chunks[other] ?? []);
    if (best.length > 0) related.set(chunk.id, best);
  }
  return related;
}
