import { spelledOutPair } from './plain-text.ts';
import type { Example, QaPair } from './data.ts';

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
    ...spelledOutPair(example),
    verdict: {
      decision: 'reject',
      reasons: [...example.verdict.reasons, reason],
      judgements: [...example.verdict.judgements, judgement],
    },
  };
}

/** A pair that no judge sees: its only judgement says why. @param version of the rules that reject it */
export function rejectPair(pair: QaPair, input: { reason: string; why: string; version: string }): Example {
  const { reason, why, version } = input;
  const judgement = { judge: reason, version, label: 'reject', score: 0, reason: why };
  return { ...spelledOutPair(pair), verdict: { decision: 'reject', reasons: [reason], judgements: [judgement] } };
}
