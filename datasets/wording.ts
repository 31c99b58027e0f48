import { words } from './text.ts';

/** How two wordings are compared. `ordered` sees pairs of neighbouring words, `unordered` only which words there are. */
export type WordingMeasure = 'ordered' | 'unordered';

/** Shingles of a text: its pairs of neighbouring words with both ends marked, or its set of words. */
export function shingles(text: string, measure: WordingMeasure): Set<string> {
  const found = words(text);
  if (measure === 'unordered') return new Set(found);
  return new Set([...found, '$'].map((word, i) => `${i === 0 ? '^' : found[i - 1]} ${word}`));
}
