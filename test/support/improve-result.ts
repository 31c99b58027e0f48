import { ImproveResultSchema, type ImproveResult } from '../../contract/messages.ts';
import type { PromotionStanding, RunOutcome } from '../../operations/run-outcome.ts';

const SHA = 'a'.repeat(64);

const comparison = (metric: string, difference: number) => ({
  metric,
  means: { base: 0.02, 'tiny-sft': 0.02 + difference, echo: 0.01, lookup: 0.55 },
  candidate: 'tiny-sft',
  against: 'base',
  difference,
  low: difference - 0.05,
  high: difference + 0.05,
  confidence: 0.95,
  questions: 300,
  clusters: 300,
});

/** What a run came to that promoted its candidate. */
export const improveResult = (more: Partial<ImproveResult> = {}): ImproveResult =>
  ImproveResultSchema.parse({
    runId: 'run-1',
    config: 'configs/quickstart.yaml',
    configHash: SHA,
    model: 'womens-health',
    dataset: {
      uri: 'file:///datasets/womens-health/20260101',
      version: '20260101-abc',
      sha256: SHA,
      generated: 1500,
      kept: 1200,
      rejected: { grounded: 200, safe: 100 },
    },
    candidates: [
      { name: 'tiny-sft', modelUri: 'file:///models/tiny-sft', modelSha256: SHA, trainSeconds: 81.4, finalLoss: 0.1 },
    ],
    evaluation: {
      against: 'base',
      suites: [
        {
          name: 'test',
          declares: 'same facts, new wording',
          questions: 300,
          comparisons: [comparison('correctness', 0.7), comparison('safety', 0.1)],
          results: { uri: 'file:///results/test.parquet', sha256: SHA, rows: 900 },
        },
      ],
      models: { base: SHA, 'tiny-sft': SHA },
      judges: {},
    },
    gate: { decision: 'promote', suite: 'test', candidate: 'tiny-sft', reasons: ['correctness is better by 0.70'] },
    sample: {
      question: 'How long is a cycle?',
      reference: '21 to 35 days.',
      base: 'cycle cycle the',
      tuned: 'A cycle is 21 to 35 days.',
    },
    promotion: { workflowId: 'promote/womens-health/production/1', version: 2 },
    ledger: { hits: 3, misses: 57, tokens: 4100, costUsd: 0.0123 },
    seconds: { documents: 0.6, training: 81.9 },
    ...more,
  });

export const promoted: PromotionStanding = {
  status: 'promoted',
  model: 'womens-health',
  alias: 'production',
  version: 2,
  reasons: ['no approval is asked'],
};

export const runOutcome = (more: Partial<RunOutcome> = {}): RunOutcome => ({
  result: improveResult(),
  promotion: promoted,
  serving: { model: 'womens-health', alias: 'production', version: 2 },
  totalSeconds: 123.4,
  ...more,
});
