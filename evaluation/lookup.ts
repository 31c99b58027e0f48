import { words } from '../language/text.ts';

/** The nearest-question lookup: what a table of questions and answers would score without any model. */

export interface LookupEntry {
  question: string;
  answer: string;
}

export interface LookupMatch extends LookupEntry {
  /** Cosine, 0 to 1. */
  similarity: number;
}

/** Entries that hold a word, with the word's weight in each. */
interface Postings {
  idf: number;
  entries: number[];
  weights: number[];
}

/**
 * Answers a question with the answer of the most similar training question: cosine of TF-IDF vectors over words, with
 * the smoothed idf ln((1 + n) / (1 + df)) + 1 (Salton and Buckley, 1988; smoothing as in scikit-learn). Ties go to the
 * question that sorts first, so the order of `entries` doesn't matter. No word in common gives no match.
 */
export function createLookup(entries: readonly LookupEntry[]): (question: string) => LookupMatch | undefined {
  const sorted = [...entries].sort((a, b) => compareText(a.question, b.question) || compareText(a.answer, b.answer));
  const index = buildIndex(sorted.map(({ question }) => countWords(question)));
  const scores = new Float64Array(sorted.length);

  return (question) => {
    scores.fill(0);
    let queryNorm = 0;
    const unseenIdf = Math.log(1 + sorted.length) + 1;
    for (const [word, count] of countWords(question)) {
      const postings = index.get(word);
      const weight = count * (postings?.idf ?? unseenIdf);
      queryNorm += weight * weight;
      if (!postings) continue;
      for (let i = 0; i < postings.entries.length; i++) scores[postings.entries[i]!]! += weight * postings.weights[i]!;
    }
    let best = 0;
    for (let entry = 1; entry < scores.length; entry++) if (scores[entry]! > scores[best]!) best = entry;
    if (!(scores[best]! > 0)) return undefined;
    return { ...sorted[best]!, similarity: Math.min(1, scores[best]! / Math.sqrt(queryNorm)) };
  };
}

/** An inverted index whose weights are normalised to unit length for each entry. */
function buildIndex(counted: readonly ReadonlyMap<string, number>[]): Map<string, Postings> {
  const index = new Map<string, Postings>();
  for (const [entry, counts] of counted.entries()) {
    for (const [word, count] of counts) {
      const postings = index.get(word) ?? { idf: 0, entries: [], weights: [] };
      postings.entries.push(entry);
      postings.weights.push(count);
      index.set(word, postings);
    }
  }
  const squares = new Float64Array(counted.length);
  for (const postings of index.values()) {
    postings.idf = Math.log((1 + counted.length) / (1 + postings.entries.length)) + 1;
    for (let i = 0; i < postings.entries.length; i++) {
      postings.weights[i]! *= postings.idf;
      squares[postings.entries[i]!]! += postings.weights[i]! ** 2;
    }
  }
  for (const { entries, weights } of index.values()) {
    for (let i = 0; i < entries.length; i++) weights[i]! /= Math.sqrt(squares[entries[i]!]!);
  }
  return index;
}

function countWords(text: string): Map<string, number> {
  const counts = new Map<string, number>();
  for (const word of words(text)) counts.set(word, (counts.get(word) ?? 0) + 1);
  return counts;
}

/** By code units: the same on every machine, whatever its locale. */
const compareText = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);
