import type { GenerationConfig } from '../../configs/schema.ts';
import { quotas } from './quota.ts';
import { relatedChunks } from './related-chunks.ts';
import type { Chunk, GenerationTask, Kind, Wording } from '../../schema/data.ts';
import { spreadChunks } from './spread-chunks.ts';

/** Facts of one kind asked in one call: fewer, and every kind comes to more chunks; more, and a passage is sent less often. */
const FACTS_OF_A_KIND = 4;
/** Facts asked of a passage of which something changed, at least: a passage rarely states more. */
const FACTS_OF_A_CHANGE = 12;

type TaskKind = GenerationTask['kind'];

export interface TaskPlan {
  /** In the order of the documents; none when nothing is missing. */
  tasks: GenerationTask[];
  /** Accepted examples that are still missing. */
  missing: number;
  /** Passages among the tasks that were not asked before. */
  fresh: number;
}

export interface PlanInput {
  chunks: readonly Chunk[];
  generation: GenerationConfig;
  /** What earlier rounds brought. */
  accepted: readonly Pick<Wording, 'chunkId' | 'kind'>[];
  /** 0 in the first round. */
  sample: number;
  /** Draws which passages are asked where not all are. */
  seed: number;
  /** What earlier rounds asked; without it, all passages in each. */
  asked?: readonly Pick<GenerationTask, 'chunks' | 'facts' | 'phrasings' | 'sample'>[] | undefined;
  /** Asking costs nothing, so every passage may be asked again. */
  free?: boolean;
  /** Passages to be asked before others, and for more: what changed in them must be taught. */
  first?: ReadonlySet<string> | undefined;
}

/**
 * What to ask the teacher in a round, so that the target is met when the judges reject no more than the surplus, or than they did so
 * far: only as many passages as that needs, spread over the documents. A later round goes on with passages that were not asked yet;
 * when there are none left, it asks where the fewest examples were accepted, so that more examples also mean better coverage.
 * Kinds come in the config's shares, counted over all tasks and spread over the chunks; personas and languages take turns.
 * Deterministic.
 */
export function planTasks(input: PlanInput): TaskPlan {
  const { chunks, generation, accepted, sample } = input;
  const { phrasings } = generation;
  const wanted = missingByKind(generation, accepted);
  // What other kinds made up for is still missing of its own.
  const missing = [...wanted.values()].reduce((sum, n) => sum + n, 0);
  const share = moreThanWanted(input);
  const facts = new Map([...wanted].map(([kind, n]) => [kind, Math.ceil((n * share) / phrasings)]));
  const total = [...facts.values()].reduce((sum, n) => sum + n, 0);
  if (total === 0 || chunks.length === 0) return { tasks: [], missing, fresh: 0 };
  const partners = facts.has('multi-hop') ? relatedChunks(chunks) : new Map<string, Chunk[]>();
  const onlyPairs = [...facts].every(([kind, n]) => kind === 'multi-hop' || n === 0);
  const askable = onlyPairs ? chunks.filter(({ id }) => partners.has(id)) : chunks;
  const turns = turnsOf({ ...input, chunks: askable }, total);
  const kindFor = sharer(facts, total);
  const tasks = turns.flatMap(({ chunk, facts: each, times }) => {
    const related = partners.get(chunk.id) ?? [];
    const byKind = new Map<TaskKind, number>();
    for (let left = each; left > 0; left -= FACTS_OF_A_KIND) {
      const count = Math.min(left, facts.has('any') ? left : FACTS_OF_A_KIND);
      const kind = kindFor(count, (one) => one !== 'multi-hop' || related.length > 0);
      if (kind === undefined) break;
      byKind.set(kind, (byKind.get(kind) ?? 0) + count);
      if (kind === 'any') break;
    }
    return [...byKind].map(([kind, count]): GenerationTask => {
      const partner = related[times % Math.max(1, related.length)];
      const passages = kind === 'multi-hop' && partner ? [chunk, partner] : [chunk];
      return { chunks: passages, kind, facts: count, phrasings, sample: times };
    });
  });
  return {
    tasks: tasks.map((task, i) => ({ ...task, ...whoAsks(generation, i + sample) })),
    missing,
    fresh: turns.filter(({ times }) => times === 0).length,
  };
}

/** Where earlier rounds brought less than the surplus allows for, so much more is asked; ten times at the most. */
function moreThanWanted({ generation, accepted, asked = [] }: PlanInput): number {
  const least = 1 + generation.surplus;
  const ids = new Set(asked.map(({ chunks: [chunk] }) => chunk?.id));
  const brought = accepted.filter(({ chunkId }) => ids.has(chunkId)).length;
  if (brought === 0) return least;
  const expected = asked.reduce((sum, { facts, phrasings }) => sum + facts * phrasings, 0);
  return Math.min(10, Math.max(least, expected / brought));
}

/** A passage's turn in a round. */
interface Turn {
  chunk: Chunk;
  facts: number;
  /** Rounds that have asked it before. */
  times: number;
}

/** Which passages are asked, in the order of the documents. */
function turnsOf(input: PlanInput, total: number): Turn[] {
  const { chunks, accepted, sample, seed, asked, free = false } = input;
  const isChanged = ({ id }: Chunk) => input.first?.has(id) ?? false;
  const before = Map.groupBy(asked ?? [], ({ chunks: [chunk] }) => chunk?.id ?? '');
  const known = asked !== undefined || sample === 0;
  const spread = known
    ? spreadChunks(
        chunks.filter(({ id }) => !before.has(id)),
        seed,
      )
    : [];
  const unasked = [...spread.filter(isChanged), ...spread.filter((chunk) => !isChanged(chunk))];
  // All of them get their part where there is more to ask than passages.
  const each = Math.ceil(total / Math.max(1, Math.min(total, chunks.length)));
  const enough = sample === 0 ? unasked.length : Math.ceil(total / each);
  const first = unasked.slice(0, Math.min(total, enough));
  const left = total - first.length * each;
  const again =
    left > 0 && sample > 0 ? fewestAccepted(known ? chunks.filter(({ id }) => before.has(id)) : chunks, accepted) : [];
  const turns = [
    ...first.map((chunk) => ({
      chunk,
      facts: isChanged(chunk) ? Math.max(each, FACTS_OF_A_CHANGE) : each,
      times: 0,
    })),
    ...again.slice(0, free ? Infinity : Math.ceil(left / each)).map((chunk): Turn => {
      const earlier = before.get(chunk.id);
      // As many as the first time: a teacher by rules goes on where it left off.
      return {
        chunk,
        facts: free ? (earlier?.[0]?.facts ?? each) : each,
        times: earlier ? Math.max(...earlier.map((task) => task.sample)) + 1 : sample,
      };
    }),
  ];
  const place = new Map(chunks.map(({ id }, i) => [id, i]));
  return turns.sort((a, b) => place.get(a.chunk.id)! - place.get(b.chunk.id)!);
}

/** How many examples of each kind are wanted in all, where the config asks for kinds. */
export function kindQuotas({ target, kinds }: Pick<GenerationConfig, 'target' | 'kinds'>) {
  return kinds && quotas<Kind>(target, kinds);
}

function missingByKind(generation: GenerationConfig, accepted: readonly Pick<Wording, 'kind'>[]) {
  const wanted = kindQuotas(generation);
  if (!wanted) return new Map<TaskKind, number>([['any', Math.max(0, generation.target - accepted.length)]]);
  const have = Map.groupBy(accepted, ({ kind }) => kind);
  return new Map<TaskKind, number>(
    [...wanted].map(([kind, n]) => [kind, Math.max(0, n - (have.get(kind)?.length ?? 0))]),
  );
}

/** Gives each block of facts to the possible kind that lags furthest behind its share of what was given out. */
function sharer(facts: ReadonlyMap<TaskKind, number>, total: number) {
  const given = new Map<TaskKind, number>();
  let sum = 0;
  return (count: number, possible: (kind: TaskKind) => boolean): TaskKind | undefined => {
    const lag = (kind: TaskKind) => ((sum + count) * (facts.get(kind) ?? 0)) / total - (given.get(kind) ?? 0);
    const [chosen] = [...facts.keys()]
      .filter((kind) => (facts.get(kind) ?? 0) > 0 && possible(kind))
      .sort((a, b) => lag(b) - lag(a));
    if (chosen === undefined) return undefined;
    given.set(chosen, (given.get(chosen) ?? 0) + count);
    sum += count;
    return chosen;
  };
}

/** Chunks by how few of their examples were accepted. */
function fewestAccepted(chunks: readonly Chunk[], accepted: readonly Pick<Wording, 'chunkId'>[]): Chunk[] {
  const counts = Map.groupBy(accepted, ({ chunkId }) => chunkId);
  return chunks
    .map((chunk, i) => ({ chunk, i, count: counts.get(chunk.id)?.length ?? 0 }))
    .sort((a, b) => a.count - b.count || a.i - b.i)
    .map(({ chunk }) => chunk);
}

/** Every persona in every language, in turn. */
function whoAsks({ personas, languages }: GenerationConfig, turn: number) {
  const persona = personas[turn % Math.max(1, personas.length)];
  const language = languages[Math.floor(turn / Math.max(1, personas.length)) % Math.max(1, languages.length)];
  return { ...(persona !== undefined && { persona }), ...(language !== undefined && { language }) };
}
