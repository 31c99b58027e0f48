import type { SuiteResult } from '../schema/evaluation.ts';
import type { EvidencePage, FallenSlice } from './page.ts';

/** Parts of suites that fell. Pure. */

const MOST = 20;
/** A drop that two decimals show. */
const FELL = 0.005;

/** The slices on which the candidate scores less than before, the largest drop first. */
export function fallenSlices(options: {
  suites: readonly SuiteResult[];
  candidate: string;
  against: string;
}): EvidencePage['slices'] {
  const { suites, candidate, against } = options;
  let looked = 0;
  const fallen: FallenSlice[] = [];
  for (const suite of suites) {
    for (const { column, value, questions, means } of suite.slices ?? []) {
      looked += 1;
      for (const [metric, arms] of Object.entries(means)) {
        const [before, after] = [arms[against], arms[candidate]];
        if (before !== undefined && after !== undefined && before - after >= FELL)
          fallen.push({ suite: suite.name, column, value, questions, metric, before, after });
      }
    }
  }
  const drop = ({ before, after }: FallenSlice) => before - after;
  return { looked, fallen: fallen.sort((a, b) => drop(b) - drop(a) || b.questions - a.questions).slice(0, MOST) };
}

/** How many parts that is: one may fall by several metrics. */
export const fallenParts = (fallen: readonly FallenSlice[]): number =>
  new Set(fallen.map(({ suite, column, value }) => JSON.stringify([suite, column, value]))).size;
