import type { GenerationConfig } from '../configs/schema.ts';
import { quotas } from './quota.ts';
import { relatedChunks } from './related-chunks.ts';
import type { Chunk, GenerationTask, Kind, Wording } from './schema.ts';

/** Facts of one kind asked in one call: fewer, and every kind comes to more chunks; more, and a passage is sent less often. */
const FACTS_OF_A_KIND = 4;

type TaskKind = GenerationTask['kind'];

export interface TaskPlan {
  /** In the order of the documents; none when nothing is missing. */
  tasks: GenerationTask[];
  /** Accepted examples that are still missing. */
  missing: number;
}

/**
 * What to ask the teacher in a round, so that the target is met when the judges reject no more than the surplus. The first
 * round asks every chunk; a later one asks where the fewest examples were accepted, so that more examples also mean better
 * coverage. Kinds come in the config's shares, counted over all tasks and spread over the chunks; personas and languages
 * take turns. Deterministic.
 */
export function planTasks(input: {
  chunks: readonly Chunk[];
  generation: GenerationConfig;
  /** What earlier rounds brought. */
  accepted: readonly Pick<Wording, 'chunkId' | 'kind'>[];
  /** 0 in the first round. */
  sample: number;
}): TaskPlan {
  const { chunks, generation, accepted, sample } = input;
  const { phrasings, surplus } = generation;
  const wanted = missingByKind(generation, accepted);
  // What other kinds made up for is still missing of its own.
  const missing = [...wanted.values()].reduce((sum, n) => sum + n, 0);
  const facts = new Map([...wanted].map(([kind, n]) => [kind, Math.ceil((n * (1 + surplus)) / phrasings)]));
  const total = [...facts.values()].reduce((sum, n) => sum + n, 0);
  if (total === 0 || chunks.length === 0) return { tasks: [], missing };
  const each = Math.ceil(total / chunks.length);
  const asked = sample === 0 ? chunks : fewestAccepted(chunks, accepted, Math.ceil(total / each));
  const partners = facts.has('multi-hop') ? relatedChunks(chunks) : new Map<string, Chunk[]>();
  const share = sharer(facts, total);
  const tasks = asked.flatMap((chunk) => {
    const related = partners.get(chunk.id) ?? [];
    const byKind = new Map<TaskKind, number>();
    for (let left = each; left > 0; left -= FACTS_OF_A_KIND) {
      const count = Math.min(left, facts.has('any') ? left : FACTS_OF_A_KIND);
      const kind = share(count, (one) => one !== 'multi-hop' || related.length > 0);
      if (kind === undefined) break;
      byKind.set(kind, (byKind.get(kind) ?? 0) + count);
      if (kind === 'any') break;
    }
    return [...byKind].map(([kind, count]): GenerationTask => {
      const partner = related[sample % Math.max(1, related.length)];
      const passages = kind === 'multi-hop' && partner ? [chunk, partner] : [chunk];
      return { chunks: passages, kind, facts: count, phrasings, sample };
    });
  });
  return { tasks: tasks.map((task, i) => ({ ...task, ...whoAsks(generation, i + sample) })), missing };
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

/** The `count` chunks with the fewest accepted examples, in the order of the documents. */
function fewestAccepted(
  chunks: readonly Chunk[],
  accepted: readonly Pick<Wording, 'chunkId'>[],
  count: number,
): Chunk[] {
  const counts = Map.groupBy(accepted, ({ chunkId }) => chunkId);
  return chunks
    .map((chunk, i) => ({ chunk, i, count: counts.get(chunk.id)?.length ?? 0 }))
    .sort((a, b) => a.count - b.count || a.i - b.i)
    .slice(0, count)
    .sort((a, b) => a.i - b.i)
    .map(({ chunk }) => chunk);
}

/** Every persona in every language, in turn. */
function whoAsks({ personas, languages }: GenerationConfig, turn: number) {
  const persona = personas[turn % Math.max(1, personas.length)];
  const language = languages[Math.floor(turn / Math.max(1, personas.length)) % Math.max(1, languages.length)];
  return { ...(persona !== undefined && { persona }), ...(language !== undefined && { language }) };
}
