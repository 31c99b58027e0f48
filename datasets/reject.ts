import type { Example } from './schema.ts';

/** The version of the rules that reject here; goes into each judgement. */
const VERSION = '1';

/** What was accepted and is not kept, and why. */
export interface LeftOut<T> {
  row: T;
  reason: string;
  why: string;
}

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
