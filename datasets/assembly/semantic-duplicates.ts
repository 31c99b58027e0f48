import { cosine } from '../../common/vectors.ts';
import { byPrecedence } from './precedence.ts';
import { mix } from './shingle-sets.ts';
import type { LeftOut } from '../../schema/reject.ts';
import type { Wording } from '../../schema/data.ts';

/** What finds questions of different facts that ask the same in other words. */
export interface SemanticFilter {
  /** Cosine from which two questions ask the same. */
  threshold: number;
  /** Vectors of length 1, one for each text, or why there is none. */
  embed: (texts: readonly string[]) => Promise<(Float32Array | NoVector)[]>;
}

/** A question that could not be compared: its fact is left out for this reason, for nothing is kept unchecked. */
export interface NoVector {
  reason: string;
  why: string;
}

/** Up to so many facts every pair is compared; beyond, only those that share a bucket. */
const ALL_PAIRS = 3000;
const BITS = 12;
const MIN_RECALL = 0.999;
const MAX_BANDS = 64;

/**
 * Leaves out facts whose question asks the same as that of another fact. Phrasings of one fact are alike by design, so one question
 * stands for each fact; of two facts the one is kept, whole, that goes before the other (`byPrecedence`), and the other's examples name it.
 */
export async function leaveOutSemantic<T extends Wording>(input: {
  rows: readonly T[];
  filter: SemanticFilter;
}): Promise<{ kept: T[]; leftOut: LeftOut<T>[] }> {
  const { rows, filter } = input;
  const facts = Map.groupBy(rows, ({ factId }) => factId).values();
  const firsts = [...facts].map((phrasings) => phrasings.toSorted(byPrecedence)[0]!).sort(byPrecedence);
  const vectors = await filter.embed(firsts.map(({ question }) => question));
  const gone = new Map<string, NoVector>();
  const compared: { fact: T; vector: Float32Array }[] = [];
  for (const [i, fact] of firsts.entries()) {
    const vector = vectors[i]!;
    if (vector instanceof Float32Array) compared.push({ fact, vector });
    else gone.set(fact.factId, vector);
  }
  const pairs = alikePairs(
    compared.map(({ vector }) => vector),
    filter.threshold,
  );
  for (const [lower, higher] of pairs) {
    const [twin, fact] = [compared[lower]!.fact, compared[higher]!.fact];
    if (gone.has(twin.factId) || gone.has(fact.factId)) continue;
    const why = `asks the same as ${twin.id}, which goes before it: "${twin.question}"`;
    gone.set(fact.factId, { reason: 'semantic-duplicate', why });
  }
  return {
    kept: rows.filter(({ factId }) => !gone.has(factId)),
    leftOut: rows.flatMap((row) => {
      const left = gone.get(row.factId);
      return left ? [{ row, reason: left.reason, why: left.why }] : [];
    }),
  };
}

/**
 * Pairs [lower, higher] whose cosine reaches the threshold, sorted. Of many vectors candidates come from random hyperplanes
 * (Charikar, "Similarity estimation techniques from rounding algorithms", 2002), as many bands of 12 as find a pair at the
 * threshold with a probability of 0.999, and each candidate is then compared exactly.
 */
export function alikePairs(vectors: readonly Float32Array[], threshold: number): [number, number][] {
  const pairs = new Set<number>();
  const n = vectors.length;
  const compare = (a: number, b: number) => {
    if (cosine(vectors[a]!, vectors[b]!) >= threshold) pairs.add(a * n + b);
  };
  if (n <= ALL_PAIRS) {
    for (let b = 1; b < n; b++) for (let a = 0; a < b; a++) compare(a, b);
  } else {
    for (let band = 0; band < bandsFor(threshold); band++) {
      const planes = Array.from({ length: BITS }, (_, bit) => hyperplane(vectors[0]!.length, band * BITS + bit));
      const buckets = Map.groupBy(vectors.keys(), (i) =>
        planes.reduce((key, plane) => key * 2 + (cosine(plane, vectors[i]!) >= 0 ? 1 : 0), 0),
      );
      for (const members of buckets.values())
        for (let j = 1; j < members.length; j++)
          for (let i = 0; i < j; i++) if (!pairs.has(members[i]! * n + members[j]!)) compare(members[i]!, members[j]!);
    }
  }
  return [...pairs].sort((a, b) => a - b).map((pair) => [Math.floor(pair / n), pair % n]);
}

/** A pair at angle t falls on the same side of a random plane with probability 1 - t / pi. */
function bandsFor(threshold: number): number {
  const side = 1 - Math.acos(Math.min(1, threshold)) / Math.PI;
  const missed = 1 - side ** BITS;
  return Math.min(MAX_BANDS, missed === 0 ? 1 : Math.ceil(Math.log(1 - MIN_RECALL) / Math.log(missed)));
}

/** Random directions that are the same each time. */
function hyperplane(dimensions: number, seed: number): Float32Array {
  return Float32Array.from({ length: dimensions }, (_, i) => mix(seed * 65_599 + i + 1) / 2 ** 31 - 1);
}
