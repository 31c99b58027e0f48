import type { Example } from './schema.ts';

/** The version of the rules that reject here; goes into each judgement. */
const VERSION = '1';

/** An accepted example, rejected after all: its judgements stay, and one that says why is added. */
export function rejected(example: Example, { reason, why }: { reason: string; why: string }): Example {
  const judgement = { judge: reason, version: VERSION, label: reason, score: 0, reason: why };
  return {
    ...example,
    verdict: {
      decision: 'reject',
      reasons: [...example.verdict.reasons, reason],
      judgements: [...example.verdict.judgements, judgement],
    },
  };
}

/** Counts of rejects by their first reason, so that the counts add up to the rejects. Sorted by reason. */
export function countRejected(examples: Example[]): Record<string, number> {
  const counts = new Map<string, number>();
  for (const { id, verdict } of examples) {
    const [reason] = verdict.reasons;
    if (reason === undefined)
      throw new Error(`example ${id} is rejected without a reason; expected one in verdict.reasons`);
    counts.set(reason, (counts.get(reason) ?? 0) + 1);
  }
  return Object.fromEntries([...counts].sort(([a], [b]) => (a < b ? -1 : 1)));
}
