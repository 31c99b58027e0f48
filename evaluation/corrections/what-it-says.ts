import { saysAll, stillSaysOld, valuesOf } from '../../documents/changes/asked-changes.ts';
import type { AskedChange } from '../../schema/changes.ts';

/** Whether an answer says what only the new statement says, or still what only the old one did; undefined where neither can be told. */
export function whatItSays(answer: string, change: Pick<AskedChange, 'was' | 'is'>): 'new' | 'old' | undefined {
  const now = valuesOf(change.is);
  if (now.length > 0 && saysAll(answer, now)) return 'new';
  return stillSaysOld(answer, change) ? 'old' : undefined;
}
