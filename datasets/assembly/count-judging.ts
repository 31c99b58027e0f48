import type { DatasetManifest, Judgement } from '../../schema/data.ts';

/** What panels and cascades of judges did, counted over a dataset's examples. */
export interface JudgingCounts {
  panels: NonNullable<DatasetManifest['panels']>;
  cascades: NonNullable<DatasetManifest['cascades']>;
}

export const noJudging = (): JudgingCounts => ({ panels: {}, cascades: {} });

/** A cascade's reason says which step decided. */
const DECIDED = /^step (?<step>\d+) of (?<steps>\d+),/;

/** Counts one example's judgements into `counts`. */
export function countJudging(counts: JudgingCounts, judgements: readonly Judgement[]): void {
  for (const { judge, label, reason } of judgements) {
    // Votes and steps are named after what they are part of.
    if (judge.includes('/')) continue;
    if (judge.startsWith('panel-')) {
      const panel = (counts.panels[judge] ??= { judged: 0, disagreed: 0 });
      panel.judged += 1;
      if (label === 'disagreed') panel.disagreed += 1;
    }
    const decided = judge.startsWith('cascade-') ? DECIDED.exec(reason)?.groups : undefined;
    if (decided) {
      const cascade = (counts.cascades[judge] ??= { judged: 0, reachedLast: 0 });
      cascade.judged += 1;
      if (decided['step'] === decided['steps']) cascade.reachedLast += 1;
    }
  }
}
