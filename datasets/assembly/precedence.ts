import type { Wording } from '../../schema/data.ts';

type Ranked = Pick<Wording, 'id' | 'importedFrom'>;

/** The order in which one of several that are alike is kept: what people wrote before what a teacher did, then the lower id. */
export function byPrecedence(a: Ranked, b: Ranked): number {
  const imported = Number(b.importedFrom !== undefined) - Number(a.importedFrom !== undefined);
  return imported || (a.id < b.id ? -1 : 1);
}
