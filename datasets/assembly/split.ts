import type { GenerationConfig, SplitConfig } from '../../configs/schema.ts';
import { sha256Of } from '../../common/hash.ts';
import { holdOutChanged } from './held-out.ts';
import { nearGroups } from './near-pairs.ts';
import { kindQuotas } from '../../generation/tasks/plan-tasks.ts';
import type { LeftOut } from '../../schema/reject.ts';
import type { Wording } from '../../schema/data.ts';
import type { SourceQuota } from '../../generation/tasks/source-quotas.ts';
import { ShingleSets } from './shingle-sets.ts';
import { yesNoSurplus } from './spread.ts';

export interface Splits<T> {
  train: T[];
  validation: T[];
  test: T[];
  /** Accepted beyond the target. */
  leftOut: LeftOut<T>[];
  /** Held-out examples that went back to train or validation, because a wording there is nearly theirs. */
  moved: number;
}

/**
 * Splits accepted examples by seed, each list sorted by id. At most `target` are kept, whole facts in turn from every
 * chunk, only the last fact cut short. Of each fact, `heldOutPhrasings` wordings go to test and, for a share of facts, one
 * more to validation; at least one always stays in train. No test wording is nearly one of train or validation (Jaccard of
 * words at least `nearDuplicate`): one that is moves there. All else hangs on the seed and the fact alone, so that new
 * documents reshuffle nothing; but facts that the documents say otherwise than before come first, and are held out wherever they can be.
 */
export async function splitWordings<T extends Wording>(input: {
  rows: readonly T[];
  split: SplitConfig;
  seed: number;
  generation: Pick<GenerationConfig, 'target' | 'kinds'>;
  /** Files of imported pairs: they come first, each up to its quota. */
  sources?: readonly SourceQuota[];
}): Promise<Splits<T>> {
  const { split, seed, generation, sources = [] } = input;
  const { kept, leftOut } = capBalanced({ rows: input.rows, seed, generation, sources });

  const sides = new Map<T, Side>();
  for (const [factId, phrasings] of groupBy(kept, ({ factId }) => factId)) {
    const ranked = sortByHash(phrasings, seed, ({ id }) => `phrasing ${id}`);
    const held = Math.min(split.heldOutPhrasings, ranked.length - 1);
    const validates = share(seed, `validation ${factId}`) < split.validationShare && ranked.length - held > 1;
    for (const [i, example] of ranked.entries()) {
      sides.set(example, i < held ? 'test' : i === held && validates ? 'validation' : 'train');
    }
  }
  const moved = await keepApart({ rows: kept, sides, threshold: split.nearDuplicate });
  if (split.heldOutPhrasings > 0) await holdOutChanged({ rows: kept, sides, threshold: split.nearDuplicate });

  const on = (side: Side) => kept.filter((row) => sides.get(row) === side);
  return { train: on('train'), validation: on('validation'), test: on('test'), leftOut, moved };
}

type Side = 'train' | 'validation' | 'test';
const SIDES: readonly Side[] = ['train', 'validation', 'test'];

/** Of the kept as many say no as yes. What goes for that makes room for others, a few times over; then it only goes. */
function capBalanced<T extends Wording>(input: Parameters<typeof capByFacts<T>>[0]): ReturnType<typeof capByFacts<T>> {
  const surplus = yesNoSurplus(input.rows, input.seed);
  const without = (rows: readonly T[], gone: readonly LeftOut<T>[]) => {
    const out = new Set(gone.map(({ row }) => row));
    return rows.filter((row) => !out.has(row));
  };
  let rows = surplus.length > 0 ? without(input.rows, surplus) : [...input.rows];
  for (let turn = 1; ; turn += 1) {
    const capped = capByFacts({ ...input, rows });
    const over = yesNoSurplus(capped.kept, input.seed);
    surplus.push(...over);
    if (over.length === 0 || turn === BALANCING_TURNS)
      return { kept: without(capped.kept, over), leftOut: [...capped.leftOut, ...surplus] };
    rows = without(rows, over);
  }
}
const BALANCING_TURNS = 8;

/**
 * Takes facts from each chunk in turn, first each chunk's first, until there are `target` examples. Where kinds are asked for in
 * shares, each is taken up to its quota first; what some kinds lack of theirs is then made up with others.
 */
function capByFacts<T extends Wording>(input: {
  rows: readonly T[];
  seed: number;
  generation: Pick<GenerationConfig, 'target' | 'kinds'>;
  sources: readonly SourceQuota[];
}): { kept: T[]; leftOut: LeftOut<T>[] } {
  const { seed, generation, sources } = input;
  const { target } = generation;
  const rows = input.rows.toSorted((a, b) => (a.id < b.id ? -1 : 1));
  const chunks = [...groupBy(rows, ({ chunkId }) => chunkId)].map(([chunkId, ofChunk]) => {
    const facts = [...groupBy(ofChunk, ({ factId }) => factId)].map(([factId, phrasings]) => ({ factId, phrasings }));
    return { chunkId, facts: sortByHash(facts, seed, ({ factId }) => `fact ${factId}`) };
  });
  const turns = sortByHash(chunks, seed, ({ chunkId }) => `chunk ${chunkId}`);

  const kept = new Set<T>();
  const take = (most: number, wanted: (row: T) => boolean) => {
    let taken = 0;
    let left = turns;
    for (let round = 0; left.length > 0; round += 1) {
      for (const { facts } of left) {
        for (const row of facts[round]?.phrasings ?? []) {
          if (taken >= most) return;
          if (kept.has(row) || !wanted(row)) continue;
          kept.add(row);
          taken += 1;
        }
      }
      // An imported file is one chunk with many facts: the others need not be looked at as often.
      left = left.filter(({ facts }) => facts.length > round + 1);
    }
  };
  const files = new Set(sources.map(({ file }) => file));
  const synthetic = ({ importedFrom }: T) => importedFrom === undefined || !files.has(importedFrom);
  // What changed must be taught, whatever the target leaves out.
  take(target, (row) => row.isChanged === true && synthetic(row));
  for (const { file, most } of sources) take(Math.min(most, target - kept.size), (row) => row.importedFrom === file);
  for (const [kind, quota] of kindQuotas(generation) ?? []) {
    const have = [...kept].filter((row) => row.kind === kind).length;
    take(Math.min(quota - have, target - kept.size), (row) => synthetic(row) && row.kind === kind);
  }
  take(target - kept.size, synthetic);
  const why = `${rows.length} examples were accepted, ${target} were asked for`;
  return {
    kept: rows.filter((row) => kept.has(row)),
    leftOut: rows.filter((row) => !kept.has(row)).map((row) => ({ row, reason: 'over-target', why })),
  };
}

/**
 * Moves every held-out wording that is near one of train, or else of validation, to that side, and what is near to what moves with
 * it. Returns how many moved.
 */
async function keepApart<T extends Wording>(input: {
  rows: T[];
  sides: Map<T, Side>;
  threshold: number;
}): Promise<number> {
  const { rows, sides, threshold } = input;
  const sets = new ShingleSets('unordered');
  await sets.addAll(rows.map(({ question }) => question));
  // What is in train stays there, whatever else in train is like it: all of it is one group from the start.
  const held = rows.map((row) => sides.get(row) !== 'train');
  const groups = await nearGroups(sets, { threshold, sought: (index) => held[index]! });
  // The first of the sides that a group has members on.
  const first = new Uint8Array(rows.length).fill(SIDES.length);
  for (const [index, row] of rows.entries()) {
    const group = groups[index]!;
    first[group] = Math.min(first[group]!, SIDES.indexOf(sides.get(row)!));
  }
  let moved = 0;
  for (const [index, row] of rows.entries()) {
    const side = SIDES[first[groups[index]!]!]!;
    if (sides.get(row) === side) continue;
    sides.set(row, side);
    moved += 1;
  }
  return moved;
}

function groupBy<T>(items: T[], keyOf: (item: T) => string): Map<string, T[]> {
  return Map.groupBy(items, keyOf);
}

function sortByHash<T>(items: T[], seed: number, keyOf: (item: T) => string): T[] {
  return items
    .map((item) => ({ item, hash: sha256Of(`${seed} ${keyOf(item)}`) }))
    .sort((a, b) => (a.hash < b.hash ? -1 : 1))
    .map(({ item }) => item);
}

/** A number from 0 to 1 that a name and a seed give. */
const share = (seed: number, name: string) => parseInt(sha256Of(`${seed} ${name}`).slice(0, 8), 16) / 2 ** 32;
