import type { LedgerCounts } from '../contract/ports.ts';
import type { Answer } from '../schema/evaluation.ts';
import type { CostLine } from './page.ts';
import { armWords } from './words.ts';

/** What was measured of cost and time, and nothing else. */

interface Measured {
  latencies: number[];
  tokens: number;
  answers: number;
}

/** Collects what answers say of themselves. */
export function createTimes() {
  const arms = new Map<string, Measured>();
  return {
    add(arm: string, { latencyMs, outputTokens }: Answer): void {
      if (latencyMs === undefined) return;
      const measured = arms.get(arm) ?? { latencies: [], tokens: 0, answers: 0 };
      measured.latencies.push(latencyMs);
      measured.tokens += outputTokens ?? 0;
      measured.answers += 1;
      arms.set(arm, measured);
    },
    known: (arm: string) => arms.has(arm),
    /** The share of answers that took no longer than that. */
    quantile(arm: string, share: number): number | undefined {
      const sorted = arms.get(arm)?.latencies.toSorted((a, b) => a - b) ?? [];
      return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)];
    },
    tokens(arm: string): number | undefined {
      const measured = arms.get(arm);
      return measured && measured.tokens / measured.answers;
    },
  };
}

export function costLines(options: {
  calls: LedgerCounts | undefined;
  trainSeconds: number | undefined;
  times: ReturnType<typeof createTimes>;
  candidate: string;
  against: string;
}): CostLine[] {
  const { calls, trainSeconds, times, candidate, against } = options;
  const timed = [candidate, against].flatMap((arm) => {
    const [half, most] = [times.quantile(arm, 0.5), times.quantile(arm, 0.95)];
    if (half === undefined || most === undefined) return [];
    return [
      {
        what: `Time of an answer, ${armWords(arm)}, while the suites were answered`,
        value: `half within ${seconds(half)}, 95% within ${seconds(most)}; ${times.tokens(arm)!.toFixed(0)} tokens long on average`,
      },
    ];
  });
  return [
    ...timed,
    ...(calls === undefined
      ? []
      : [
          {
            what: 'Calls of the run so far',
            value: `${calls.misses} made, ${calls.hits} answered from earlier runs, ${calls.tokens} tokens, ${calls.costUsd.toFixed(4)} USD at the prices in the config`,
          },
        ]),
    ...(trainSeconds === undefined
      ? []
      : [{ what: 'Training of the candidate', value: `${trainSeconds.toFixed(0)} s` }]),
  ];
}

const seconds = (ms: number) => `${(ms / 1000).toFixed(ms < 10_000 ? 2 : 0)} s`;
