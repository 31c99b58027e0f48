import { basename } from 'node:path';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Of the tests on real processes, those that take longest: what starts last of these ends last of all, alone on its machine. */
export const LONGEST = ['crash', 'loop', 'corrections', 'medquad', 'train', 'approver', 'hosts'];

/** A file as far as its place hangs on it. */
export type Placed = Pick<TestSpecification, 'moduleId'>;

const REAL = '.real.test.ts';

function placeOf({ moduleId }: Placed): number {
  if (!moduleId.endsWith(REAL)) return LONGEST.length + 1;
  const place = LONGEST.indexOf(basename(moduleId, REAL));
  return place < 0 ? LONGEST.length : place;
}

/** The longest first, then the others on real processes; what is left follows as it stood. */
export const longestFirst = <File extends Placed>(files: readonly File[]): File[] =>
  files.toSorted((a, b) => placeOf(a) - placeOf(b));

/** Vitest puts files that it never ran by their size, which says nothing of how long they wait for others. */
export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    return longestFirst(await super.sort(files));
  }
}
