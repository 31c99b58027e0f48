import { describe, expect, it } from 'vitest';
import { mergeByReciprocalRank } from './reciprocal-rank.ts';

describe('merging by reciprocal rank', () => {
  it('puts first what both lists have, and says where each has it', () => {
    const merged = mergeByReciprocalRank({ words: ['a', 'b', 'c'], vectors: ['d', 'b', 'a'] }, 3);
    expect(merged.map(({ id }) => id)).toEqual(['a', 'b', 'd']);
    expect(merged[0]).toEqual({ id: 'a', score: 1 / 61 + 1 / 63, ranks: { words: 1, vectors: 3 } });
    expect(merged[2]!.ranks).toEqual({ vectors: 1 });
  });

  it('is the same whichever list comes first among equals', () => {
    expect(mergeByReciprocalRank({ words: ['b'], vectors: ['a'] }, 2).map(({ id }) => id)).toEqual(['a', 'b']);
  });
});
