import { contentStems } from '../../language/analysis.ts';
import { words } from '../../language/text.ts';
import type { Statement } from './statements.ts';

/** Which statement of now is which one of before, said otherwise. Near-linear: no statement is held against many. */

/** A statement that has no twin on the other side, and where it stands among those that have one. */
export interface Loose {
  statement: Statement;
  /** Its place in its document, or among all. */
  at: number;
  /** Its places between twins: two loose ones with a common name stand at one place. */
  places: readonly string[];
}

/** A word that more loose statements have than this tells none of them apart. */
const MOST_HOLDERS = 12;
/** How much of their words two statements share, from which on one may be the other: by words alone, or at one place. */
const ALIKE = 0.5;
const ALIKE_AT_ONE_PLACE = 0.34;
/** What standing at one place is worth beside shared words. */
const AT_ONE_PLACE = 0.25;

interface Likely {
  before: number;
  after: number;
  score: number;
}

/** Pairs of indices, the likeliest first taken, each statement once. The same pairs whichever side is called before. */
export function pairLoose(before: readonly Loose[], after: readonly Loose[]): [number, number][] {
  const [old, now] = [before, after].map((side) => side.map(({ statement }) => bagOf(statement.text)));
  const likely: Likely[] = [];
  const note = (i: number, j: number, score: number) =>
    likely.push({ before: i, after: j, score: Math.round(1000 * score) });
  // At one place small words count as well: `Always do this:`, `Never do this:`.
  const atOnePlace = (i: number, j: number) => {
    const [one, other] = [before[i]!, after[j]!].map(({ statement }) => new Set(words(statement.text)));
    return Math.max(alike(old![i]!, now![j]!), alike(one!, other!));
  };
  const byPlace = new Map(after.flatMap(({ places }, j) => places.map((place) => [place, j] as const)));
  for (const [i, { places }] of before.entries())
    for (const j of new Set(places.flatMap((place) => byPlace.get(place) ?? []))) {
      const score = atOnePlace(i, j);
      if (score >= ALIKE_AT_ONE_PLACE) note(i, j, score + AT_ONE_PLACE);
    }
  for (const [i, j] of sharingRareWords(old!, now!)) {
    const score = alike(old![i]!, now![j]!);
    if (score >= ALIKE) note(i, j, score);
  }

  const place = ({ before: i, after: j }: Likely) => [before[i]!.at, after[j]!.at] as const;
  likely.sort((a, b) => {
    const [[i, j], [k, l]] = [place(a), place(b)];
    return (
      b.score - a.score ||
      Math.abs(i - j) - Math.abs(k - l) ||
      Math.min(i, j) - Math.min(k, l) ||
      Math.max(i, j) - Math.max(k, l)
    );
  });
  const [usedBefore, usedAfter] = [new Set<number>(), new Set<number>()];
  return likely.flatMap(({ before: i, after: j }): [number, number][] => {
    if (usedBefore.has(i) || usedAfter.has(j)) return [];
    usedBefore.add(i);
    usedAfter.add(j);
    return [[i, j]];
  });
}

/** Stems of a statement's words; its numbers count only where it has no words. */
function bagOf(text: string): ReadonlySet<string> {
  const all = contentStems(text);
  const named = new Set([...all].filter((stem) => !/^\p{N}/u.test(stem)));
  return named.size > 0 ? named : all;
}

/** Dice's coefficient; two statements without words are alike by their place. */
function alike(one: ReadonlySet<string>, other: ReadonlySet<string>): number {
  if (one.size + other.size === 0) return 1;
  const [small, large] = one.size < other.size ? [one, other] : [other, one];
  let shared = 0;
  for (const stem of small) if (large.has(stem)) shared += 1;
  return (2 * shared) / (one.size + other.size);
}

function* sharingRareWords(
  before: readonly ReadonlySet<string>[],
  after: readonly ReadonlySet<string>[],
): Generator<[number, number], void> {
  const [held, holders] = [holdersOf(before), holdersOf(after)];
  for (const [i, stems] of before.entries()) {
    const seen = new Set<number>();
    for (const stem of stems) {
      const others = holders.get(stem) ?? [];
      if (others.length > MOST_HOLDERS || held.get(stem)!.length > MOST_HOLDERS) continue;
      for (const j of others) if (!seen.has(j)) yield [i, j];
      for (const j of others) seen.add(j);
    }
  }
}

function holdersOf(bags: readonly ReadonlySet<string>[]): Map<string, number[]> {
  const holders = new Map<string, number[]>();
  for (const [i, stems] of bags.entries())
    for (const stem of stems) {
      const found = holders.get(stem);
      if (found) found.push(i);
      else holders.set(stem, [i]);
    }
  return holders;
}
