import type { QaPair } from '../schema/data.ts';

/** What whoever makes a pair must say of it. */
type Made = Pick<QaPair, 'id' | 'factId' | 'chunkId' | 'documentId' | 'kind' | 'teacher' | 'promptVersion'>;

/** A pair as it begins, whoever makes it: what its maker leaves out is filled in here. Without words it stands for what came to nothing. */
export const newPair = (made: Made & Partial<QaPair>): QaPair => ({
  question: '',
  answer: '',
  history: [],
  spans: [],
  phrasing: 0,
  ...made,
});
