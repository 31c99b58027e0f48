import type { EmbeddingRef } from './retrieval.ts';

/** Whether two refs make the same vectors; where the model is asked may change. */
export const sameModel = (one: EmbeddingRef, other: EmbeddingRef): boolean =>
  one.provider === other.provider &&
  one.model === other.model &&
  one.dimensions === other.dimensions &&
  one.sha256 === other.sha256;
