import type { Chunk, Wording } from './schema.ts';

export interface TopUp {
  /** Accepted examples that are still missing. */
  missing: number;
  /** Whom to ask for more facts, and how many each; none when nothing is missing. */
  chunks: Chunk[];
  facts: number;
}

/**
 * Whom to ask again when the judges left fewer examples than the target: chunks with the fewest accepted examples first, in
 * the order of the documents, so that more examples also mean better coverage.
 */
export function topUp(input: {
  accepted: readonly Pick<Wording, 'chunkId'>[];
  chunks: readonly Chunk[];
  target: number;
  phrasings: number;
  /** Asked beyond what is missing, because judges will reject some: 0.3 asks for 30% more. */
  surplus: number;
}): TopUp {
  const { accepted, chunks, target, phrasings, surplus } = input;
  const missing = Math.max(0, target - accepted.length);
  if (missing === 0 || chunks.length === 0) return { missing, chunks: [], facts: 0 };
  const counts = Map.groupBy(accepted, ({ chunkId }) => chunkId);
  const facts = Math.ceil((missing * (1 + surplus)) / phrasings);
  const each = Math.ceil(facts / chunks.length);
  const asked = chunks
    .map((chunk, i) => ({ chunk, i, count: counts.get(chunk.id)?.length ?? 0 }))
    .sort((a, b) => a.count - b.count || a.i - b.i)
    .slice(0, Math.ceil(facts / each))
    .sort((a, b) => a.i - b.i)
    .map(({ chunk }) => chunk);
  return { missing, chunks: asked, facts: each };
}
