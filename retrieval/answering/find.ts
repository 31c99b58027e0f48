import type { Retriever } from '../../contract/retrieval.ts';
import { normalise } from '../../language/text.ts';
import type { FoundPassage, OpenBook } from '../../schema/retrieval.ts';
import { withheldBecause } from './as-data.ts';
import { headingOf, statementsOf, wholePassage, type Excerpt } from './excerpts.ts';

/** What of the documents is near a question, and may be shown. */

export interface Asked {
  openBook: OpenBook;
  question: string;
  groups?: readonly string[] | undefined;
  /** YYYY-MM-DD. */
  today: string;
}

/** Sentences are looked for in so many passages, or more where more sentences are asked for. */
const FEWEST_PASSAGES = 5;
/** More than those that are withheld are asked for at most so often. */
const MOST_SEARCHES = 4;

/** The nearest passages, without those that talk to a model. What is withheld is told, and others take its place. */
export async function findPassages(
  retriever: Retriever,
  { openBook, question, groups, today }: Asked,
  signal?: AbortSignal,
): Promise<{ found: FoundPassage[]; said: string[] }> {
  const { index, unit, reranker } = openBook;
  const wanted = unit === 'passages' ? openBook.k : Math.max(openBook.k, FEWEST_PASSAGES);
  const withheld = new Map<string, string>();
  let found: FoundPassage[] = [];
  for (let search = 1; search <= MOST_SEARCHES; search++) {
    const k = wanted + withheld.size;
    const all = await retriever.retrieve(
      { question, index, k, ...(reranker && { reranker }), ...(groups && { groups }), today },
      signal,
    );
    const before = withheld.size;
    for (const { passage } of all) {
      const why = withheldBecause(passage);
      if (why !== undefined) withheld.set(passage.id, why);
    }
    found = all.filter(({ passage }) => !withheld.has(passage.id)).slice(0, wanted);
    if (withheld.size === before || found.length >= wanted || all.length < k) break;
  }
  return { found, said: [...withheld].map(([id, why]) => `${id} withheld: it ${why}`) };
}

/** Passages as they were found, or their statements, nearest first. */
export async function excerptsOf(
  retriever: Retriever,
  { openBook, question }: Pick<Asked, 'openBook' | 'question'>,
  found: readonly FoundPassage[],
  signal?: AbortSignal,
): Promise<Excerpt[]> {
  if (openBook.unit === 'passages') return found.map(wholePassage);
  const seen = new Set<string>();
  const statements = found
    .flatMap(({ passage }) => statementsOf(passage))
    // Two documents, or two passages that overlap, may say the same: the nearer passage's is cited.
    .filter(({ text }) => !seen.has(normalise(text)) && seen.add(normalise(text)));
  if (statements.length === 0) return [];
  const texts = statements.map(({ passage, text }) => `${headingOf(passage)}. ${text}`);
  const cosines = await retriever.similarities({ embedding: openBook.index.embedding, question, texts }, signal);
  return statements
    .map((statement, i) => ({ ...statement, score: cosines[i] ?? -1 }))
    .sort((a, b) => b.score - a.score);
}
