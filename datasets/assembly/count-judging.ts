import type { Judgement } from '../../schema/data.ts';
import type { DatasetManifest } from '../../schema/manifest.ts';

/** What panels and cascades of judges did, counted over a dataset's examples. */
export interface JudgingCounts {
  panels: NonNullable<DatasetManifest['panels']>;
  cascades: NonNullable<DatasetManifest['cascades']>;
}

export const noJudging = (): JudgingCounts => ({ panels: {}, cascades: {} });

/** Counts one example's judgements into `counts`. */
export function countJudging(counts: JudgingCounts, judgements: readonly Judgement[]): void {
  for (const { judge, composed } of judgements)
    switch (composed?.by) {
      case undefined:
        break;
      case 'panel': {
        const panel = (counts.panels[judge] ??= { judged: 0, disagreed: 0 });
        panel.judged += 1;
        if (!composed.agreed) panel.disagreed += 1;
        break;
      }
      case 'cascade': {
        const cascade = (counts.cascades[judge] ??= { judged: 0, reachedLast: 0 });
        cascade.judged += 1;
        if (composed.step === composed.steps) cascade.reachedLast += 1;
        break;
      }
      default:
        composed satisfies never;
    }
}
