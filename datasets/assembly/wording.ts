/** How two wordings are compared. `ordered` sees pairs of neighbouring words, `unordered` only which words there are. */
export type WordingMeasure = 'ordered' | 'unordered';
