import { renameSync, writeFileSync } from 'node:fs';
import type { ImproveResult } from '../contract/messages.ts';
import { suiteFigures } from '../evaluation/report/figures.ts';
import type { RunOutcome, Serving } from './run-outcome.ts';

/** What a run came to, for programs. */
export interface RunReport {
  runId: string;
  config: string;
  dataset: ImproveResult['dataset'];
  candidates: { name: string; modelUri: string; modelSha256: string; trainSeconds: number }[];
  suites: ReturnType<typeof suiteFigures>;
  gate: { suite: string; decision: string; candidate: string; reasons: string[] };
  promotion: { status: string; version: number | null; reasons: string[] };
  deployment: Serving;
  ledger: { hits: number; misses: number; tokens: number; costUsd: number };
  seconds: Record<string, number>;
  /** What failed and was left out, in words. */
  failures?: string[];
}

/** The report of a run. Its `seconds.total` is the wall time of the whole. Pure. */
export function runReport({ result, promotion, serving, totalSeconds }: RunOutcome): RunReport {
  return {
    runId: result.runId,
    config: result.config,
    dataset: result.dataset,
    candidates: result.candidates.map(({ name, modelUri, modelSha256, trainSeconds }) => ({
      name,
      modelUri,
      modelSha256,
      trainSeconds,
    })),
    suites: suiteFigures(result.evaluation, result.gate.candidate),
    gate: {
      suite: result.gate.suite,
      decision: result.gate.decision,
      candidate: result.gate.candidate,
      reasons: result.gate.reasons,
    },
    promotion: {
      status: promotion?.status ?? 'none',
      version: promotion?.version ?? null,
      reasons: promotion && 'reasons' in promotion ? promotion.reasons : [],
    },
    deployment: serving,
    ledger: result.ledger,
    seconds: { ...result.seconds, total: totalSeconds },
    ...(result.failures && { failures: result.failures }),
  };
}

/** Writes a run's report as JSON. A reader never sees half of it. */
export function writeReport(file: string, outcome: RunOutcome): void {
  writeFileSync(`${file}.tmp`, `${JSON.stringify(runReport(outcome), null, 2)}\n`);
  renameSync(`${file}.tmp`, file);
}
