import { IMPORTED } from '../../generation/imports/pairs.ts';
import type { Wording } from '../../schema/data.ts';

/** The order in which one of several that are alike is kept: what people wrote before what a teacher did, then the lower id. */
export function byPrecedence(a: Pick<Wording, 'id' | 'chunkId'>, b: Pick<Wording, 'id' | 'chunkId'>): number {
  const imported = Number(b.chunkId.startsWith(IMPORTED)) - Number(a.chunkId.startsWith(IMPORTED));
  return imported || (a.id < b.id ? -1 : 1);
}
